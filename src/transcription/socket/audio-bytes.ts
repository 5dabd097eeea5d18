import { InvalidInputError } from '../../common/errors/caller-errors.js';

/** The media type may contain commas: `data:video/webm;codecs=vp8,opus;base64,`. An empty Blob gives `data:` alone. */
const DATA_URL = /^data:(?:$|[^]{0,200}?;base64,)/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Reads the bytes of an audio message: Buffer, ArrayBuffer, typed array (Socket.io delivers it as Buffer), base64 text, a data URL, or the
 * JSON form of a Buffer or typed array, which clients of Socket.io 2 send.
 */
export function audioBytes(message: unknown): Uint8Array {
  if (message instanceof Uint8Array) return message;
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (ArrayBuffer.isView(message))
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  if (typeof message === 'string') return fromBase64(message);
  const numbers = numbersOf(message);
  if (numbers?.every(isByte)) return Uint8Array.from(numbers);
  throw new InvalidInputError('audio', 'audio must be bytes or base64 text.');
}

function fromBase64(text: string): Uint8Array {
  const base64 = text.replace(DATA_URL, '').replace(/\s+/g, '');
  if (!BASE64.test(base64)) throw new InvalidInputError('audio', 'audio is not valid base64.');
  return Buffer.from(base64, 'base64');
}

/** `{type: 'Buffer', data: [26, 69, ...]}` and `{0: 26, 1: 69, ...}`. */
function numbersOf(message: unknown): number[] | undefined {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined;
  if ('type' in message && message.type === 'Buffer' && 'data' in message && Array.isArray(message.data))
    return message.data as number[];
  return '0' in message ? (Object.values(message) as number[]) : undefined;
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}
