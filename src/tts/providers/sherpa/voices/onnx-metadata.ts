import { closeSync, openSync, readSync } from 'node:fs';

/** Fields of `ModelProto` and of the pairs in it (onnx.proto). */
const METADATA_FIELD = 14;
const KEY_FIELD = 1;
const VALUE_FIELD = 2;
const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;
/** A tag and a length at most. */
const HEAD_BYTES = 20;
const MAX_PAIR_BYTES = 65_536;
/** Fields of a model; more than these is no model. */
const MAX_FIELDS = 1_000;

/**
 * The metadata of an ONNX file. Only its outermost fields are walked, so little is read however large the weights are.
 * @throws Error when it is none
 */
export function readOnnxMetadata(path: string): Map<string, string> {
  const file = openSync(path, 'r');
  try {
    return walk(file);
  } finally {
    closeSync(file);
  }
}

function walk(file: number): Map<string, string> {
  const metadata = new Map<string, string>();
  let at = 0;
  for (let fields = 0; ; fields += 1) {
    const head = readAt(file, at, HEAD_BYTES);
    if (head.length === 0) return metadata;
    if (fields === MAX_FIELDS) throw new Error('Not an ONNX model');
    const cursor = new Cursor(head);
    const { field, wire } = cursor.tag();
    if (wire === BYTES) {
      const length = cursor.varint();
      at += cursor.at;
      if (field === METADATA_FIELD && length <= MAX_PAIR_BYTES) {
        const [key, value] = pairOf(readAt(file, at, length));
        metadata.set(key, value);
      }
      at += length;
    } else {
      cursor.skip(wire);
      at += cursor.at;
    }
  }
}

function pairOf(bytes: Buffer): [string, string] {
  const cursor = new Cursor(bytes);
  const pair: [string, string] = ['', ''];
  while (!cursor.isAtEnd) {
    const { field, wire } = cursor.tag();
    if (wire !== BYTES) cursor.skip(wire);
    else if (field === KEY_FIELD) pair[0] = cursor.text();
    else if (field === VALUE_FIELD) pair[1] = cursor.text();
    else cursor.text();
  }
  return pair;
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

/** A reading position in protobuf's encoding. */
class Cursor {
  at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  tag(): { field: number; wire: number } {
    const tag = this.varint();
    return { field: Math.floor(tag / 8), wire: tag % 8 };
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 10; shift += 1) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    throw new Error('Not an ONNX model');
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED_64) this.at += 8;
    else if (wire === FIXED_32) this.at += 4;
    else throw new Error('Not an ONNX model');
  }

  text(): string {
    const length = this.varint();
    const text = this.bytes.toString('utf8', this.at, this.at + length);
    this.at += length;
    return text;
  }
}
