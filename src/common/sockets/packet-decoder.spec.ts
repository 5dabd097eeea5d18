import { beforeEach, describe, expect, it } from '@jest/globals';
import { PacketType, type Packet } from 'socket.io-parser';
import { InvalidInputError, TooLargeError } from '../errors/caller-errors.js';
import { PacketDecoder } from './packet-decoder.js';
import { readPayload, RefusedPayload } from './refused-payload.js';

const LIMITS = { maxBytes: 1_000, maxFirstBytes: 100, maxDepth: 5 };

function binaryEvent(attachments: number): string {
  const places = Array.from({ length: attachments }, (_, num) => ({ _placeholder: true, num }));
  return `5${attachments}-7${JSON.stringify(['audio', ...places])}`;
}

describe(PacketDecoder.name, () => {
  let sut: PacketDecoder;
  const packets: Packet[] = [];

  beforeEach(() => {
    packets.length = 0;
    sut = new PacketDecoder(LIMITS);
    sut.on('decoded', (packet) => packets.push(packet));
  });

  describe('of a connection that is not admitted', () => {
    it('reads the packet that asks for admission', () => {
      sut.add('0{"token":"key"}');

      expect(packets).toMatchObject([{ type: PacketType.CONNECT, data: { token: 'key' } }]);
    });

    it.each<[string, unknown]>([
      ['announces attachments', binaryEvent(9)],
      ['announces an answer with attachments', '61-0[{"_placeholder":true,"num":0}]'],
      ['is an event', '2["audio",{}]'],
      ['asks for admission at length', `0{"token":"${'k'.repeat(200)}"}`],
      ['is binary', Buffer.alloc(10)],
    ])('keeps nothing of what %s', (_what, packet) => {
      expect(() => sut.add(packet)).toThrow(Error);
      expect(sut.attachedBytes).toBe(0);
      expect(packets).toEqual([]);
    });
  });

  describe('of an admitted connection', () => {
    beforeEach(() => sut.admit());

    function payload(): RefusedPayload {
      const [, refused] = packets[0]!.data as [string, RefusedPayload];
      expect(refused).toBeInstanceOf(RefusedPayload);
      return refused;
    }

    it('reads events with their attachments', () => {
      sut.add(binaryEvent(2));
      sut.add(Buffer.from('one'));
      sut.add(Buffer.from('two'));

      expect(packets).toMatchObject([
        { type: PacketType.EVENT, id: 7, data: ['audio', Buffer.from('one'), Buffer.from('two')] },
      ]);
      expect(sut.attachedBytes).toBe(0);
    });

    it('keeps no more of attachments than their bound, however many are announced, and answers all the same', () => {
      sut.add(binaryEvent(10));
      let most = 0;
      for (let count = 0; count < 10; count += 1) {
        sut.add(Buffer.alloc(400));
        most = Math.max(most, sut.attachedBytes);
      }

      expect(most).toBeLessThanOrEqual(LIMITS.maxBytes);
      expect(packets).toHaveLength(1);
      expect(packets[0]!.id).toBe(7);
      expect(() => readPayload(packets[0]!.data, 'audio')).toThrow(TooLargeError);
    });

    it.each(['2', '21', '2/admin,', '2/admin,31'])(
      'hands on a text that is too large, beginning with %s, as one that was not read',
      (head) => {
        sut.add(`${head}["transcription","${'A'.repeat(2_000)}"]`);

        expect(payload().errorOf('audio')).toMatchObject({ code: 'too_large', param: 'audio', limit: 1_000 });
        expect(packets[0]).toMatchObject({
          type: PacketType.EVENT,
          nsp: head.includes('admin') ? '/admin' : '/',
        });
        expect(packets[0]!.id).toBe({ '21': 1, '2/admin,31': 31 }[head]);
      },
    );

    it('hands on what is nested too deeply as what was not read', () => {
      sut.add(`23["session:start",${'['.repeat(300)}${']'.repeat(300)}]`);
      sut.add('2["session:start",[[[[[]]]]]]');

      expect(packets).toHaveLength(1 + 1);
      expect(payload().errorOf('body')).toBeInstanceOf(InvalidInputError);
      expect(packets[1]!.data).toEqual(['session:start', [[[[[]]]]]]);
    });

    it('passes over the attachments of an event that it did not read', () => {
      const deep = '['.repeat(50) + ']'.repeat(50);
      sut.add(`52-7["audio",${deep},{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`);
      sut.add(Buffer.from('one'));
      sut.add(Buffer.from('two'));
      sut.add('2["next"]');

      expect(packets.map(({ data }) => (data as unknown[])[0])).toEqual(['audio', 'next']);
    });

    it.each<[string, unknown[]]>([
      ['a packet before the attachments of the last one', [binaryEvent(2), Buffer.alloc(1), '2["next"]']],
      ['more attachments than any event has', ['511-["audio"]']],
      ['an attachment that nothing announced', [Buffer.alloc(1)]],
      ['a large packet that is no event', [`3${'1'.repeat(2_000)}[]`]],
    ])('refuses %s', (_what, sent) => {
      expect(() => {
        for (const packet of sent) sut.add(packet);
      }).toThrow(Error);
    });
  });
});
