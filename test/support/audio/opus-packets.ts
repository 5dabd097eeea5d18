import { DEFAULT_DECODER_LIMITS } from '../../../src/audio/decoder-limits.js';
import { Workload } from '../../../src/audio/workload.js';
import { WebmDemuxer } from '../../../src/audio/webm/webm-demuxer.js';
import { recording } from './fixtures.js';

/** The Opus packets of a WebM fixture and their header, to be laid out anew. */
export function opusPackets(name: string): { head: Buffer; packets: Buffer[] } {
  let head: Buffer = Buffer.alloc(0);
  const onTrack = ({ codecPrivate }: { codecPrivate: Buffer }): void => {
    head = codecPrivate;
  };
  const demuxer = new WebmDemuxer(DEFAULT_DECODER_LIMITS, new Workload(), onTrack, () => undefined);
  const packets: Buffer[] = [];
  const bytes = recording(name);
  for (let at = 0; at < bytes.length; at += 4_096)
    for (const packet of demuxer.write(bytes.subarray(at, at + 4_096)))
      packets.push(Buffer.from(packet.bytes));
  return { head, packets };
}
