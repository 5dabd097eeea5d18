import { Decoder, PacketType } from 'socket.io-parser';
import { isTextNestedDeeper } from './nesting.js';
import { RefusedPayload, type RefusalReason } from './refused-payload.js';
const ANNOUNCED = /^[56](\d{1,2})-/;

export interface PacketLimits {
  /** Of the text or of all attachments of one packet. What is larger is not kept. */
  maxBytes: number;
  /** Of the text of a packet before the connection is admitted; there are no attachments then. */
  maxFirstBytes: number;
  /** Levels of arrays and objects in what an event brings. */
  maxDepth: number;
}

/** Most parts that a packet may announce. No event of ours has more than one. */
const MAX_ATTACHMENTS = 10;
/** An event: type, attachments, namespace, number of the acknowledgement, name of the event. https://socket.io/docs/v4/socket-io-protocol/ */
const HEAD = /^([25])(?:(\d{1,2})-)?(?:(\/[^,]{0,100}),)?(\d{0,15})\[\s*"((?:[^"\\]|\\.){1,100})"/;

/**
 * Reads the packets of one connection, of which it keeps no more than its bounds: nobody who is not admitted can announce
 * attachments, and what is too large or nested too deeply comes out as `RefusedPayload`.
 */
export class PacketDecoder extends Decoder {
  private isAdmitted = false;
  /** Attachments of the packet that are still to come. */
  private awaited = 0;
  /** They are those of a packet that was refused. */
  private areUnwanted = false;
  private _attachedBytes = 0;

  constructor(private readonly limits: PacketLimits) {
    super({ maxAttachments: MAX_ATTACHMENTS });
  }

  /** Bytes of attachments that wait for those still to come. */
  get attachedBytes(): number {
    return this._attachedBytes;
  }

  admit(): void {
    this.isAdmitted = true;
  }

  /** @throws when the peer does not keep to the protocol: its connection is closed then */
  override add(packet: unknown): void {
    if (typeof packet === 'string') this.text(packet);
    else this.attachment(packet);
  }

  private text(text: string): void {
    if (!this.isAdmitted) this.assertConnect(text);
    if (this.awaited > 0) throw new Error('A packet began before the attachments of the last one had come');
    this._attachedBytes = 0;
    this.areUnwanted = false;
    const { maxBytes, maxDepth } = this.limits;
    if (Buffer.byteLength(text) > maxBytes) this.refuse(text, 'too large', maxBytes);
    // The array that the event's name is in comes on top.
    else if (isTextNestedDeeper(text, maxDepth + 1)) this.refuse(text, 'too deep', maxDepth);
    else super.add(text);
    this.awaited = Number(ANNOUNCED.exec(text)?.[1] ?? 0);
  }

  private attachment(bytes: unknown): void {
    if (this.awaited === 0) throw new Error('An attachment came that nothing had announced');
    this.awaited -= 1;
    if (this.areUnwanted) return;
    const length = byteLengthOf(bytes);
    const isTooLarge = this._attachedBytes + length > this.limits.maxBytes;
    if (!isTooLarge) this._attachedBytes += length;
    super.add(isTooLarge ? new RefusedPayload('too large', this.limits.maxBytes, length) : bytes);
    if (this.awaited === 0) this._attachedBytes = 0;
  }

  private assertConnect(text: string): void {
    if (!text.startsWith(String(PacketType.CONNECT)) || text.length > this.limits.maxFirstBytes)
      throw new Error('A packet came from a connection that is not admitted');
  }

  private refuse(text: string, reason: RefusalReason, limit: number): void {
    const [, type, attachments = '0', nsp = '/', id, event] = HEAD.exec(text.slice(0, 512)) ?? [];
    if (type === undefined || Number(attachments) > MAX_ATTACHMENTS)
      throw new Error('A packet is too large or nested too deeply to be answered');
    this.areUnwanted = true;
    const data = [event, new RefusedPayload(reason, limit, text.length)];
    this.emitReserved('decoded', {
      type: PacketType.EVENT,
      nsp,
      ...(id !== '' && { id: Number(id) }),
      data,
    });
  }
}

function byteLengthOf(bytes: unknown): number {
  return bytes instanceof ArrayBuffer || ArrayBuffer.isView(bytes) ? bytes.byteLength : 0;
}
