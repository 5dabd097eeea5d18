import { Encoder, PacketType, protocol } from 'socket.io-parser';
import { MAX_FIRST_BYTES } from './small-beginnings.js';
import { PacketDecoder } from './packet-decoder.js';

/** What Socket.io reads and writes packets with. It makes a decoder for each connection. */
export function socketParser(limits: { maxBytes: number; maxDepth: number }): object {
  class Decoder extends PacketDecoder {
    constructor() {
      super({ ...limits, maxFirstBytes: MAX_FIRST_BYTES });
    }
  }
  return { Encoder, Decoder, PacketType, protocol };
}
