import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { sample, transcriptOf } from './samples.js';
import type { ShutdownClient } from './shutdown-http-clients.js';
import type { Round } from './shutdown-round.js';
import type { Answer } from './socket-client.js';

const CLIP = 'digits.wav';
const CHUNK_BYTES = 8_000;
/** What a chunk may be answered that is to be sent again, here or elsewhere. */
const FOR_LATER = new Set(['rate_limited', 'seq_gap', 'shutting_down']);
/** The ends of a session that a server may choose when it has to stop. */
const STOPPED = new Set(['shutting_down']);

interface Manner {
  transports: ('websocket' | 'polling')[];
  /** Between two chunks, as a recorder has it. */
  paceMs: number;
  /** Says nothing and waits. */
  isSilent?: boolean;
  /** Loses its connection once, and comes back. */
  drops?: boolean;
}

/** Clients of the sockets. Each gives the end that it came to, and tells of a promise that was not kept. */
export function sessionClients(round: Round): Record<string, ShutdownClient> {
  const websocket: Manner['transports'] = ['websocket'];
  const speaker = (manner: Manner) => (name: string) => new SpeakingClient(round, name, manner).run();
  return {
    'fast session': speaker({ transports: websocket, paceMs: 0 }),
    'live session': speaker({ transports: websocket, paceMs: 60 }),
    'silent session': speaker({ transports: websocket, paceMs: 0, isSilent: true }),
    'resumed session': speaker({ transports: websocket, paceMs: 60, drops: true }),
    'polling session': speaker({ transports: ['polling'], paceMs: 60 }),
    annotation: (name) => new AnnotatedClient(round, name).run(),
  };
}

abstract class SocketPeer {
  protected socket: Socket;
  protected isConnected = false;

  constructor(
    protected readonly round: Round,
    private readonly name: string,
    transports: Manner['transports'],
  ) {
    this.socket = io(round.url, {
      transports,
      reconnection: false,
      forceNew: true,
      autoConnect: false,
    });
    this.socket.on('disconnect', () => (this.isConnected = false));
  }

  protected tell(what: string): void {
    this.round.tell(`client ${this.name}: ${what}`);
  }

  /** @returns false when nobody is there any more */
  protected async connect(): Promise<boolean> {
    const outcome = await new Promise<Error | undefined>((resolve) => {
      this.socket.once('connect', () => resolve(undefined));
      this.socket.once('connect_error', resolve);
      this.socket.once('disconnect', () => resolve(new Error('disconnected')));
      this.socket.connect();
    });
    this.isConnected = outcome === undefined && this.socket.connected;
    if (outcome && !this.round.isTold()) this.tell(`was not let in before the signal: ${outcome.message}`);
    return this.isConnected;
  }

  /** The answer; undefined when the connection has ended before it came. */
  protected async ask(event: string, ...args: unknown[]): Promise<Answer | undefined> {
    if (!this.socket.connected) return undefined;
    const ended = new Promise<undefined>((resolve) => {
      this.socket.once('disconnect', () => resolve(undefined));
    });
    const answered = this.socket.emitWithAck(event, ...args) as Promise<Answer>;
    return Promise.race([answered, ended]);
  }

  protected ended(): Promise<string> {
    return new Promise((resolve) => {
      if (!this.socket.connected) resolve('gone');
      else this.socket.once('disconnect', (reason) => resolve(reason));
    });
  }
}

class SpeakingClient extends SocketPeer {
  private readonly texts = new Map<number, string>();
  private session: Answer | undefined;
  private ending: 'done' | 'error' | undefined;
  private samples = 0;
  private whenEnded: () => void = () => undefined;
  private hasSentAll = false;

  constructor(
    round: Round,
    name: string,
    private readonly manner: Manner,
  ) {
    super(round, name, manner.transports);
    this.socket.on('transcript:final', ({ eventId, text }: { eventId: number; text: string }) => {
      if (eventId !== this.texts.size + 1) this.tell(`got final ${eventId} behind ${this.texts.size}`);
      this.texts.set(eventId, text);
    });
    this.socket.on('session:error', ({ code, retryable }: { code: string; retryable: boolean }) => {
      if (!STOPPED.has(code) || !retryable || !round.isTold()) this.tell(`was told ${code}`);
      this.ending ??= 'error';
      this.whenEnded();
    });
    this.socket.on('session:done', ({ samples }: { samples: number }) => {
      this.ending = 'done';
      this.samples = samples;
      this.whenEnded();
    });
  }

  async run(): Promise<string> {
    if (!(await this.connect())) return 'nobody there';
    const outcome = await this.begin();
    if (outcome !== undefined) return outcome;
    const isBack = this.manner.isSilent ? true : await this.speak();
    const outcomeOfAll = isBack ? await this.judge() : 'dropped, then nobody there';
    this.socket.close();
    return outcomeOfAll;
  }

  private async begin(): Promise<string | undefined> {
    const answer = await this.ask('session:start', { v: 1, language: 'en' });
    if (answer?.ok) {
      this.session = answer;
      this.round.begun();
      return undefined;
    }
    this.socket.close();
    if (answer === undefined) {
      if (!this.round.isTold()) this.tell('lost its connection before the signal');
      return 'no answer';
    }
    if (!this.round.isTold() || answer.code !== 'shutting_down' || !(Number(answer['retryAfterMs']) > 0))
      this.tell(`was refused with ${JSON.stringify(answer)}`);
    return 'refused';
  }

  /** @returns false when it has dropped its connection, and nobody is there any more */
  private async speak(): Promise<boolean> {
    const clip = sample(CLIP);
    const chunks = Math.ceil(clip.length / CHUNK_BYTES);
    let dropAt = this.manner.drops ? this.round.random.integer(1, chunks - 1) : Infinity;
    for (let seq = 1; seq <= chunks && this.ending === undefined; seq += 1) {
      const bytes = clip.subarray((seq - 1) * CHUNK_BYTES, seq * CHUNK_BYTES);
      const answer = await this.ask('audio', { seq }, bytes);
      if (answer && !answer.ok) {
        if (!FOR_LATER.has(String(answer.code)) && this.ending === undefined)
          this.tell(`a chunk was refused with ${JSON.stringify(answer)}`);
        if (answer.code !== 'rate_limited' && answer.code !== 'seq_gap') return true;
        seq -= 1;
        await sleep(20);
        continue;
      }
      if (!answer) return true;
      if (this.manner.paceMs > 0) await sleep(this.manner.paceMs);
      if (seq !== dropAt) continue;
      dropAt = Infinity;
      if (!(await this.comeBack())) return false;
    }
    this.hasSentAll = true;
    await this.ask('session:end', {});
    return true;
  }

  private async comeBack(): Promise<boolean> {
    this.socket.io.engine.close();
    await this.ended();
    await sleep(this.round.random.integer(0, 200));
    if (!(await this.connect())) return false;
    const { sessionId, resumeToken: token } = this.session!;
    const resume = { sessionId, token, lastEventId: this.texts.size };
    const answer = await this.ask('session:start', { v: 1, resume });
    // Cut off in the middle of coming back: it would ask the next server, which knows nothing of the session.
    if (answer === undefined && this.round.isTold()) return false;
    if (!answer?.ok) this.tell(`could not come back: ${JSON.stringify(answer)}`);
    return answer?.ok === true;
  }

  private async judge(): Promise<string> {
    const told = new Promise<'told'>((resolve) => {
      this.whenEnded = () => resolve('told');
      if (this.ending !== undefined) resolve('told');
    });
    // `session:done` follows an error, unless words are missing.
    const how = await Promise.race([told, this.ended()]);
    if (this.ending === undefined) {
      this.tell(`saw "${how}" before it was told any end`);
      return 'cut';
    }
    if (this.ending === 'done' && this.hasSentAll) {
      const text = [...this.texts.values()].join(' ');
      const whole = transcriptOf(CLIP);
      const isWhole = this.samples >= sample(CLIP).length / 2 - 100 && text === whole;
      if (!isWhole && !this.round.isTold())
        this.tell(`heard ${JSON.stringify(text)} in ${this.samples} samples`);
    }
    return this.ending;
  }
}

class AnnotatedClient extends SocketPeer {
  constructor(round: Round, name: string) {
    super(round, name, ['websocket']);
  }

  async run(): Promise<string> {
    if (!(await this.connect())) return 'nobody there';
    const told = new Promise<string>((resolve) => {
      this.socket.once('NLPResult', () => resolve('result'));
      this.socket.once('NLPError', ({ code }: { code: string }) => resolve(code));
    });
    const accepted = await this.ask('nlProcessing', {
      unProcessedText: [['word', 'comment', '']],
      sumText: '',
    });
    if (accepted === undefined || !accepted.ok) {
      this.socket.close();
      if (accepted ? accepted.code !== 'shutting_down' || !accepted.retryable : !this.round.isTold())
        this.tell(`was refused with ${JSON.stringify(accepted)}`);
      return accepted ? 'refused' : 'no answer';
    }
    this.round.begun();
    const outcome = await Promise.race([told, this.ended().then((reason) => `cut by ${reason}`)]);
    if (outcome !== 'result' && !(outcome === 'shutting_down' && this.round.isEndless))
      this.tell(`ended with ${outcome}`);
    this.socket.close();
    return outcome;
  }
}
