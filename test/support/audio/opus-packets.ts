import { DEFAULT_DECODER_LIMITS } from '../../../src/audio/decoder-limits.js';
import { Workload } from '../../../src/audio/workload.js';
import { WebmDemuxer } from '../../../src/audio/webm/webm-demuxer.js';
import { recording } from './fixtures.js';

const OPUS_HEAD_BYTES = 19;

/** The Opus packets of a WebM fixture and their header, to be laid out anew. */
export function opusPackets(name: string): { head: Buffer; packets: Buffer[] } {
  const bytes = recording(name);
  const headAt = bytes.indexOf('OpusHead', 0, 'latin1');
  const head = bytes.subarray(headAt, headAt + OPUS_HEAD_BYTES);
  const listener = { onHead: () => undefined, onCheckpoint: () => undefined };
  const demuxer = new WebmDemuxer(DEFAULT_DECODER_LIMITS, new Workload(), listener);
  const packets: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 4_096)
    for (const packet of demuxer.write(bytes.subarray(at, at + 4_096)))
      packets.push(Buffer.from(packet.bytes));
  return { head, packets };
}
