import type { Pace } from '../../src/chat/runs/delivery/pace.js';
import { PacedCursor } from '../../src/chat/runs/delivery/paced-cursor.js';
import { RunCursor, type Cursor } from '../../src/chat/runs/delivery/run-cursor.js';
import type { RunEvent } from '../../src/chat/runs/run-event.js';
import { RunLog } from '../../src/chat/runs/run-log.js';
import type { RunPosition } from '../../src/chat/runs/run-position.js';
import type { Random } from './random.js';

const PIECES = [
  'a',
  'word ',
  'One two. ',
  '안녕하세요. ',
  '👨‍👩‍👧',
  'e\u0301',
  '\n',
  ' ',
  'x'.repeat(300),
  'y'.repeat(3_000),
];
const HANDS: Record<string, (log: RunLog, from: RunPosition, clock: Clock) => Cursor> = {
  events: (log, from) => new RunCursor(log, from),
  text: (log, from) => new RunCursor(log, from, true),
  paced: (log, from, clock) =>
    new PacedCursor(
      log,
      from,
      clock.pace,
      () => false,
      () => clock.nowMs,
    ),
  hurried: (log, from, clock) =>
    new PacedCursor(
      log,
      from,
      clock.pace,
      () => true,
      () => clock.nowMs,
    ),
};

interface Clock {
  nowMs: number;
  pace: Pace;
}

/** A reader as a client is one: it has text and a place, and may come back with both. */
class Client {
  private readonly cursor: Cursor;
  readonly seqs: number[] = [];
  readonly names: string[] = [];

  constructor(
    log: RunLog,
    from: RunPosition,
    readonly kind: string,
    private readonly clock: Clock,
    public text: string,
  ) {
    this.cursor = HANDS[kind]!(log, log.placeOf(from), clock);
  }

  get position(): RunPosition {
    return this.cursor.position;
  }

  get hasEnded(): boolean {
    return this.cursor.isAtEnd;
  }

  /** Reads what there is, or less. */
  read(most: number): void {
    for (let count = 0; count < most && !this.hasEnded; count += 1) {
      const next = this.cursor.next();
      if (!next && this.cursor.dueAt === undefined) return;
      if (!next) {
        this.clock.nowMs = this.cursor.dueAt!;
        continue;
      }
      const { event } = next;
      this.seqs.push(event.seq);
      if (event.name !== 'delta') this.names.push(event.name);
      if (event.name === 'delta') this.text += event.data.text;
      if (event.name === 'snapshot') {
        if (this.kind !== 'events') throw new Error(`A snapshot for a reader of ${this.kind}`);
        ({ text: this.text } = event.data);
      }
    }
  }
}

/** One random run with random readers. @throws with what went wrong */
export function proveLog(random: Random): { events: number; readers: number; snapshots: number } {
  const maxBytes = random.pick([200, 1_000, 4_000, 20_000, 1_000_000]);
  const log = new RunLog(maxBytes);
  const clock: Clock = {
    nowMs: 0,
    pace: {
      unit: random.pick(['grapheme', 'word'] as const),
      intervalMs: 10,
      maxLagMs: random.pick([undefined, 50]),
    },
  };
  /** The answer up to each entry, as the provider gave it. */
  const texts = [''];
  const clients: Client[] = [];
  const places: { position: RunPosition; text: string }[] = [{ position: { seq: 0, offset: 0 }, text: '' }];

  const append = (event: Pick<RunEvent, 'name' | 'data'>): void => {
    log.append(event.name, event.data);
    texts.push(texts.at(-1)! + (event.name === 'delta' ? (event.data as { text: string }).text : ''));
    const newest = sizeOf(event);
    if (log.bytes > Math.max(maxBytes, newest + FIRST_BYTES))
      throw new Error(`${log.bytes} bytes are kept, of ${maxBytes}`);
    if (random.next() < 0.05 && log.text !== texts.at(-1))
      throw new Error('The text of the log is not the answer');
  };

  append({ name: 'run', data: { runId: 'run_1', model: 'm', createdAt: '' } });
  const count = random.integer(1, 400);
  for (let index = 0; index < count; index += 1) {
    append(randomEvent(random, index));
    if (random.next() < 0.05) {
      const { position, text } = random.next() < 0.5 ? randomPlace(random, log, texts) : random.pick(places);
      clients.push(new Client(log, position, random.pick(Object.keys(HANDS)), clock, text));
    }
    for (const client of clients) {
      if (random.next() < 0.8) continue;
      client.read(random.integer(0, 30));
      places.push({ position: client.position, text: client.text });
      if (random.next() < 0.05 && !texts.at(-1)!.startsWith(client.text))
        throw new Error(`A reader of ${client.kind} has another text`);
    }
  }
  append({ name: 'usage', data: { inputTokens: 1, outputTokens: 1, totalTokens: 2, estimated: false } });
  append({ name: 'done', data: { finishReason: 'stop', ttftMs: 1, durationMs: 1 } });
  for (const kind of Object.keys(HANDS)) {
    for (let each = 0; each < 5; each += 1) {
      const { position, text } = each === 0 ? places[0]! : randomPlace(random, log, texts);
      clients.push(new Client(log, position, kind, clock, text));
    }
    const { position, text } = random.pick(places);
    clients.push(new Client(log, position, kind, clock, text));
  }
  let snapshots = 0;
  for (const client of clients) {
    client.read(Number.POSITIVE_INFINITY);
    snapshots += client.names.filter((name) => name === 'snapshot').length;
    judge(client, texts.at(-1)!);
  }
  return { events: log.lastSeq, readers: clients.length, snapshots };
}

function judge(client: Client, answer: string): void {
  const { kind, text, seqs, names } = client;
  if (text !== answer)
    throw new Error(`A reader of ${kind} has ${text.length} characters of ${answer.length}, or others`);
  if (!client.hasEnded) throw new Error(`A reader of ${kind} was not told the ending`);
  if (seqs.some((seq, index) => index > 0 && seq < seqs[index - 1]!))
    throw new Error(`A reader of ${kind} was sent back`);
  if (names.at(-1) !== 'done' || names.filter((name) => name === 'done').length !== 1)
    throw new Error(`A reader of ${kind} was told another ending`);
  if (names.includes('run') && names[0] !== 'run') throw new Error('The run does not come first');
}

/** Any place that a client may name, with the text that it has there. */
function randomPlace(
  random: Random,
  log: RunLog,
  texts: readonly string[],
): { position: RunPosition; text: string } {
  const seq = random.integer(0, log.lastSeq - 1);
  const text = texts[seq]!;
  const next = texts[seq + 1]!.slice(text.length);
  const offset = next.length > 0 && random.next() < 0.5 ? random.integer(0, next.length) : 0;
  return { position: { seq, offset }, text: text + next.slice(0, offset) };
}

function randomEvent(random: Random, index: number): Pick<RunEvent, 'name' | 'data'> {
  const kind = random.next();
  if (kind < 0.6) return { name: 'delta', data: { text: random.pick(PIECES) } };
  if (kind < 0.75) return { name: 'sentence', data: { index, start: 0, end: 1 } };
  if (kind < 0.85) return { name: 'reasoning', data: { text: random.pick(PIECES) } };
  if (kind < 0.97)
    return { name: 'step', data: { stepId: `step-${index % 7}`, name: 'n', status: 'progress' } };
  return { name: 'source', data: { sourceId: `${index}`, index, kind: 'k', title: 't', snippet: 's' } };
}

/** What the entry of the run itself costs, at most. */
const FIRST_BYTES = 400;

function sizeOf({ data }: Pick<RunEvent, 'data'>): number {
  return 200 + JSON.stringify(data).length * 2;
}
