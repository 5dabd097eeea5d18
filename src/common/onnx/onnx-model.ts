import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, by message. */
const Model = { graph: 7, metadata: 14 } as const;
const Graph = { input: 11 } as const;
const NamedValue = { name: 1, value: 2 } as const;
const Type = { tensor: 1 } as const;
const Tensor = { shape: 2 } as const;
const Shape = { dimension: 1 } as const;
const Dimension = { size: 1 } as const;

/** Wire types of protobuf: a number, and bytes behind their length. ONNX has no other ones where it is read here. */
const VARINT = 0;
const BYTES = 2;
/** A varint has ten bytes at most; two of them begin a field. */
const HEAD_BYTES = 20;
/** One entry of the metadata, or one input. The longest of a Whisper export, its list of suppressed tokens, has some 700 bytes. */
const MAX_ENTRY_BYTES = 65_536;
/** Of all messages together. Whisper's largest decoder has some 10,000 nodes. */
const MAX_FIELDS = 200_000;

/** The file is no ONNX model, or a part of one. */
export class OnnxFault extends Error {
  override readonly name = 'OnnxFault';
}

export interface OnnxModel {
  /** What an export writes beside the graph. */
  metadata: ReadonlyMap<string, string>;
  /** Sizes of the dimensions of each input; undefined where any size will do. */
  inputs: ReadonlyMap<string, readonly (number | undefined)[]>;
}

/** Where the bytes of a field are, or the number that it is. */
interface Field {
  number: number;
  from: number;
  to: number;
  value: number;
}

type ReadBytes = (from: number, to: number) => Buffer;

/**
 * Reads what a model says of itself, without its weights: native code ends the process, or decodes nothing, where files do not fit each
 * other. @throws OnnxFault
 */
export function readOnnx(path: string): OnnxModel {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    return readModel(size, (from, to) => {
      const bytes = Buffer.alloc(to - from);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
    });
  } finally {
    closeSync(file);
  }
}

function readModel(size: number, read: ReadBytes): OnnxModel {
  const metadata = new Map<string, string>();
  const inputs = new Map<string, readonly (number | undefined)[]>();
  let hasGraph = false;
  let left = MAX_FIELDS;
  const visit = (from: number, to: number, onField: (field: Field) => void): void => {
    for (let at = from; at < to;) {
      left -= 1;
      if (left === 0) throw new OnnxFault('is no ONNX model');
      const field = readField(read(at, Math.min(at + HEAD_BYTES, to)), at);
      if (field.to > to) throw new OnnxFault('is cut off');
      onField(field);
      at = field.to;
    }
  };
  visit(0, size, (field) => {
    if (field.number === Model.metadata) metadata.set(...readEntry(entryOf(field, read)));
    if (field.number !== Model.graph) return;
    hasGraph = true;
    visit(field.from, field.to, (part) => {
      if (part.number === Graph.input) inputs.set(...readInput(entryOf(part, read)));
    });
  });
  if (!hasGraph) throw new OnnxFault('is no ONNX model');
  return { metadata, inputs };
}

function entryOf({ from, to }: Field, read: ReadBytes): Buffer {
  if (to - from > MAX_ENTRY_BYTES) throw new OnnxFault('is no ONNX model');
  return read(from, to);
}

function readEntry(bytes: Buffer): [name: string, value: string] {
  return [textOf(bytes, NamedValue.name), textOf(bytes, NamedValue.value)];
}

function readInput(bytes: Buffer): [name: string, sizes: (number | undefined)[]] {
  const path = [NamedValue.value, Type.tensor, Tensor.shape];
  const shape = path.reduce((message, number) => partsOf(message, number)[0] ?? Buffer.alloc(0), bytes);
  const sizes = partsOf(shape, Shape.dimension).map(
    (dimension) => fieldsOf(dimension).find(({ number }) => number === Dimension.size)?.value,
  );
  return [textOf(bytes, NamedValue.name), sizes];
}

function textOf(message: Buffer, number: number): string {
  return partsOf(message, number)[0]?.toString() ?? '';
}

function partsOf(message: Buffer, number: number): Buffer[] {
  const fields = fieldsOf(message).filter((field) => field.number === number);
  return fields.map(({ from, to }) => message.subarray(from, to));
}

function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < message.length; at = fields.at(-1)!.to)
    fields.push(readField(message.subarray(at, at + HEAD_BYTES), at));
  return fields;
}

function readField(bytes: Buffer, at: number): Field {
  const tag = readVarint(bytes, 0);
  const { value, end } = readVarint(bytes, tag.end);
  const type = tag.value % 8;
  const number = Math.floor(tag.value / 8);
  if ((type !== VARINT && type !== BYTES) || number === 0) throw new OnnxFault('is no ONNX model');
  const from = at + end;
  return { number, from, to: type === BYTES ? from + value : from, value };
}

function readVarint(bytes: Buffer, from: number): { value: number; end: number } {
  let value = 0;
  for (let at = from, factor = 1; at < bytes.length && at < from + 10; at += 1, factor *= 128) {
    const byte = bytes[at]!;
    value += (byte % 128) * factor;
    if (byte < 128) return { value, end: at + 1 };
  }
  throw new OnnxFault('is cut off');
}
