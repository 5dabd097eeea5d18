import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProduct, type RunningProcess } from '../../scripts/start-product.js';
import {
  completionEvent,
  deltaEvent,
  ENDING_EVENTS,
  ROLE_EVENT,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type FakeOpenAiChat,
} from './fake-openai-chat.js';
import { FakeOpenAiSpeech } from './fake-openai-speech.js';
import { processesBelow, stillRunning } from './left-behind.js';
import { Random } from './random.js';
import { HttpClients, WORDS, SPEECH_CHUNK, type ShutdownClient } from './shutdown-http-clients.js';
import { sessionClients } from './shutdown-session-clients.js';
import { temporaryFolder } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

/** What all clients of a round know. */
export interface Round {
  url: string;
  random: Random;
  /** Whether the signal was sent: from then on a client may find nobody. */
  isTold: () => boolean;
  /** The providers never finish, so that the server ends what is open. */
  isEndless: boolean;
  /** One more client was let in. */
  begun(): void;
  /** One more promise that was broken. */
  tell(what: string): void;
}

export interface RoundOptions {
  seed: number;
  /** A second signal follows: nobody is promised an end then, and nothing may be left behind all the same. */
  isImpatient?: boolean;
}

export interface RoundReport {
  /** Broken promises. */
  findings: string[];
  /** How many clients came to which end: proof that the round had something to break. */
  outcomes: Record<string, number>;
}

/** Of each kind so many begin before the signal, and so many after it. */
const EARLY_CLIENTS = 3;
const LATE_CLIENTS = 1;
const BEGIN_WITHIN_MS = 600;

/** Starts the built product, puts all features under load, sends SIGTERM at a random moment, and holds it to what each client was promised. */
export async function playRound({ seed, isImpatient = false }: RoundOptions): Promise<RoundReport> {
  const random = new Random(seed);
  const isEndless = isImpatient || random.next() < 0.3;
  const [chat, speech, folder] = await Promise.all([
    startFakeOpenAiChat(),
    FakeOpenAiSpeech.start(),
    temporaryFolder(),
  ]);
  speakSlowly(chat, speech, isEndless);
  const findings: string[] = [];
  const outcomes: Record<string, number> = {};
  let running: RunningProcess | undefined;
  try {
    running = await startProduct({
      TMPDIR: folder.path,
      TTS_PROVIDER: 'openai',
      TTS_BASE_URL: speech.baseUrl,
      TTS_CACHE_BYTES: '0',
      CHAT_PROVIDER: 'openai',
      CHAT_BASE_URL: chat.url,
      OPENAI_MAX_RETRIES: '0',
      // Far more than clients need that come to their end; else what is left when everything is cut in an orderly way.
      SHUTDOWN_GRACE_MS: isImpatient || !isEndless ? '120000' : '6000',
    });
    const { url, pid, ended } = running;
    let isTold = false;
    let begun = 0;
    const round: Round = {
      url,
      random,
      isTold: () => isTold,
      isEndless,
      begun: () => (begun += 1),
      tell: (what) => findings.push(what),
    };
    const kinds = { ...new HttpClients(round).kinds, ...sessionClients(round) };
    const begin = (kind: string, client: ShutdownClient, index: number) => async (): Promise<void> => {
      await sleep(random.integer(0, BEGIN_WITHIN_MS));
      const outcome = await client(`${kind} ${index}`).catch((error: unknown) => {
        round.tell(`${kind} ${index} failed: ${String(error)}`);
        return 'failed';
      });
      const name = `${kind}: ${outcome}`;
      outcomes[name] = (outcomes[name] ?? 0) + 1;
    };
    const ofAllKinds = (from: number, count: number): (() => Promise<void>)[] =>
      Object.entries(kinds).flatMap(([kind, client]) =>
        Array.from({ length: count }, (_, index) => begin(kind, client, from + index)),
      );
    const early = ofAllKinds(0, EARLY_CLIENTS);
    const clients = early.map((each) => each());
    // Counted and not timed, so that the signal comes into the middle of it on any machine.
    const enough = random.integer(Math.floor(early.length / 4), Math.floor(early.length * 0.8));
    await waitFor(() => begun >= enough, `${enough} clients to be let in`);
    const children = processesBelow(pid);
    isTold = true;
    process.kill(pid, 'SIGTERM');
    clients.push(...ofAllKinds(EARLY_CLIENTS, LATE_CLIENTS).map((each) => each()));
    if (isImpatient) await insist(running);
    const code = await ended;
    if (code !== (isImpatient ? 143 : 0)) findings.push(`the exit code is ${code}`);
    await Promise.all(clients);
    await waitFor(() => stillRunning(children).length === 0, 'the children to end');
    const left = readdirSync(folder.path);
    if (left.length > 0) findings.push(`files are left: ${left.join(', ')}`);
    const answer = await fetch(`${url}/health/live`).catch(() => undefined);
    if (answer) findings.push('the port is still served');
    for (const line of running.output().split('\n'))
      if (!isImpatient && /"level":(50|60)/.test(line)) findings.push(`it logged ${line.slice(0, 500)}`);
  } finally {
    await running?.stop();
    await Promise.all([chat.close(), speech.close(), folder.remove()]);
  }
  // With a second signal every promise but the last ones is void.
  return {
    findings: isImpatient ? findings.filter((each) => !each.startsWith('client ')) : findings,
    outcomes,
  };
}

/** Signals until it has ended, as an impatient person does; the second one counts half a second after the first. */
async function insist({ pid, ended }: RunningProcess): Promise<void> {
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  await waitFor(() => {
    if (!hasEnded) process.kill(pid, 'SIGTERM');
    return hasEnded;
  }, 'the process to end');
}

function speakSlowly(chat: FakeOpenAiChat, speech: FakeOpenAiSpeech, isEndless: boolean): void {
  chat.script = async ({ response, body }) => {
    if (body['stream'] !== true) {
      for (const _ of WORDS) await sleep(25);
      const message = { role: 'assistant', content: WORDS.join('') };
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify({
          id: 'c',
          object: 'chat.completion',
          choices: [{ index: 0, message, finish_reason: 'stop' }],
        }),
      );
      return;
    }
    response.writeHead(200, STREAM_HEADERS).write(ROLE_EVENT);
    for (const word of WORDS) {
      response.write(deltaEvent(word));
      await sleep(25);
    }
    if (isEndless)
      while (!response.destroyed) {
        response.write(
          completionEvent({ choices: [{ index: 0, delta: { content: ' on' }, finish_reason: null }] }),
        );
        await sleep(50);
      }
    response.end(ENDING_EVENTS);
  };
  speech.script = async ({ response }) => {
    response.writeHead(200, { 'Content-Type': 'audio/pcm' });
    for (const _ of WORDS) {
      response.write(SPEECH_CHUNK);
      await sleep(25);
    }
    if (isEndless)
      while (!response.destroyed) {
        response.write(SPEECH_CHUNK);
        await sleep(50);
      }
    response.end();
  };
}
