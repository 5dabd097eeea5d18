/** Writes ONNX files: the few messages of its protobuf schema (onnx.proto) that a model needs. */

export const DataType = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export type TensorType = (typeof DataType)[keyof typeof DataType];

export interface Port {
  name: string;
  type: TensorType;
  /** Numbers, or names for sizes that vary. */
  shape: readonly (number | string)[];
}

type Attribute = number | readonly number[];

const OPSET = 17;
const IR_VERSION = 8;

/** A graph under construction; every operation gives the name of its result. */
export class OnnxGraph {
  private readonly nodes: Buffer[] = [];
  private readonly tensors: Buffer[] = [];
  private names = 0;

  op(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    output = this.name(),
  ): string {
    this.node(type, inputs, [output], attributes);
    return output;
  }

  node(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): void {
    const parts = [
      ...inputs.map((name) => bytes(1, Buffer.from(name))),
      ...outputs.map((name) => bytes(2, Buffer.from(name))),
      bytes(4, Buffer.from(type)),
      ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
    ];
    this.nodes.push(Buffer.concat(parts));
  }

  tensor(type: TensorType, dims: readonly number[], data: ArrayBufferView): string {
    const name = this.name();
    const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.tensors.push(
      Buffer.concat([
        ...dims.map((dim) => int(1, dim)),
        int(2, type),
        bytes(8, Buffer.from(name)),
        bytes(9, raw),
      ]),
    );
    return name;
  }

  floats(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.tensor(DataType.float, dims, Float32Array.from(values));
  }

  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.tensor(DataType.int64, dims, BigInt64Array.from(values, BigInt));
  }

  name(): string {
    this.names += 1;
    return `v${this.names}`;
  }

  model(
    inputs: readonly Port[],
    outputs: readonly Port[],
    metadata: Record<string, string | number> = {},
  ): Buffer {
    const graph = Buffer.concat([
      ...this.nodes.map((node) => bytes(1, node)),
      bytes(2, Buffer.from('whisper')),
      ...this.tensors.map((tensor) => bytes(5, tensor)),
      ...inputs.map((port) => bytes(11, portInfo(port))),
      ...outputs.map((port) => bytes(12, portInfo(port))),
    ]);
    return Buffer.concat([
      int(1, IR_VERSION),
      bytes(7, graph),
      bytes(8, int(2, OPSET)),
      ...Object.entries(metadata).map(([key, value]) =>
        bytes(14, Buffer.concat([bytes(1, Buffer.from(key)), bytes(2, Buffer.from(String(value)))])),
      ),
    ]);
  }
}

function attribute(name: string, value: Attribute): Buffer {
  const head = bytes(1, Buffer.from(name));
  if (Array.isArray(value))
    return Buffer.concat([head, ...value.map((each: number) => int(8, each)), int(20, 7)]);
  if (Number.isInteger(value)) return Buffer.concat([head, int(3, value as number), int(20, 2)]);
  const float = Buffer.alloc(5);
  float[0] = (2 << 3) | 5;
  float.writeFloatLE(value as number, 1);
  return Buffer.concat([head, float, int(20, 1)]);
}

function portInfo({ name, type, shape }: Port): Buffer {
  const dims = shape.map((dim) =>
    bytes(1, typeof dim === 'number' ? int(1, dim) : bytes(2, Buffer.from(dim))),
  );
  const tensor = Buffer.concat([int(1, type), bytes(2, Buffer.concat(dims))]);
  return Buffer.concat([bytes(1, Buffer.from(name)), bytes(2, bytes(1, tensor))]);
}

function int(field: number, value: number): Buffer {
  return Buffer.concat([varint(BigInt(field << 3)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(content.length)), content]);
}

function varint(value: bigint): Buffer {
  const out: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(out);
}
