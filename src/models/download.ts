import { createWriteStream } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LinkedAbort } from '../common/streams/linked-abort.js';
import { matches } from './checksum.js';
import { asModelError } from './disk-error.js';
import type { HttpClient } from './http-client.js';
import type { RemoteFile } from './hub.js';
import { ModelError } from './model-error.js';

export interface DownloadSettings {
  /** Tries without a single new byte, after which it is given up. */
  attempts: number;
  /** A connection that brings nothing for this long is cut. */
  stallMs: number;
  /** Wait before the second try; doubles. */
  backoffMs: number;
}

/** Told while a file comes. */
export interface DownloadWatcher {
  add(file: string, receivedBytes: number): void;
  check(file: RemoteFile): void;
}

/** Downloads of one file whose checksum is wrong. The first may be damaged by the connection. */
const MAX_CORRUPT = 2;

/**
 * Downloads a file, goes on where an earlier try stopped, and checks size and checksum. Nothing else may work on `part` meanwhile.
 * @param part where the file grows; whole and sound when this resolves
 * @param signal ends it; what has come stays
 * @throws ModelError
 */
export async function download(
  file: RemoteFile,
  part: string,
  http: HttpClient,
  settings: DownloadSettings,
  watcher: DownloadWatcher,
  signal: AbortSignal,
): Promise<void> {
  for (let corrupt = 1; ; corrupt += 1) {
    await fetchWhole(file, part, http, settings, watcher, signal);
    watcher.check(file);
    const isSound = await matches(part, file.sizeBytes, file.checksum);
    signal.throwIfAborted();
    if (isSound) return;
    await rm(part, { force: true });
    if (corrupt === MAX_CORRUPT) {
      throw new ModelError(
        'checksum_mismatch',
        `${file.name} came damaged ${MAX_CORRUPT} times: its checksum is not the one that the hub states. Nothing was replaced.`,
      );
    }
  }
}

async function fetchWhole(
  file: RemoteFile,
  part: string,
  http: HttpClient,
  settings: DownloadSettings,
  watcher: DownloadWatcher,
  signal: AbortSignal,
): Promise<void> {
  if (file.sizeBytes === 0) await writeFile(part, '');
  let failures = 0;
  for (let had = await sizeOf(part); had < file.sizeBytes;) {
    const error = await fetchSome(file, part, had, http, settings, watcher, signal).catch(
      (reason: unknown) => asModelError(reason, dirname(part)) as Error,
    );
    const has = await sizeOf(part);
    failures = has > had ? 0 : failures + 1;
    had = has;
    signal.throwIfAborted();
    if (error instanceof ModelError) throw error;
    if (failures >= settings.attempts) throw failed(file, error);
    if (error) await sleep(settings.backoffMs * 2 ** failures, undefined, { signal });
  }
}

/** One try: appends what comes, from where the part ends. */
async function fetchSome(
  file: RemoteFile,
  part: string,
  from: number,
  http: HttpClient,
  settings: DownloadSettings,
  watcher: DownloadWatcher,
  signal: AbortSignal,
): Promise<undefined> {
  const work = new LinkedAbort(signal);
  const timer = setTimeout(() => work.abort(new Error('the connection stalls')), settings.stallMs);
  try {
    const response = await http.get(file.url, work.signal, from > 0 ? { range: `bytes=${from}-` } : {});
    if (!response.ok || !response.body) throw failureOf(response.status, file);
    // A server that knows no ranges sends everything again.
    const isContinued = response.status === 206;
    let received = isContinued ? from : 0;
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        timer.refresh();
        received += chunk.length;
        watcher.add(file.name, received);
        const isTooMuch = received > file.sizeBytes;
        done(isTooMuch ? tooLarge(file) : null, chunk);
      },
    });
    const sink = createWriteStream(part, { flags: isContinued ? 'a' : 'w' });
    await pipeline(Readable.fromWeb(response.body), watch, sink, { signal: work.signal });
  } catch (error) {
    throw work.signal.aborted ? (work.signal.reason as Error) : error;
  } finally {
    clearTimeout(timer);
    work.unlink();
  }
  return undefined;
}

function tooLarge({ name }: RemoteFile): ModelError {
  return new ModelError('checksum_mismatch', `${name} is larger than the hub says. Nothing was replaced.`);
}

function failureOf(status: number, file: RemoteFile): Error {
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 416 && status !== 429;
  const error = new Error(`the server answers ${status}`);
  return isFinal ? failed(file, error) : error;
}

function failed({ name }: RemoteFile, error: Error | undefined): ModelError {
  return new ModelError(
    'download_failed',
    `${name} cannot be downloaded: ${error?.message ?? 'the connection brings nothing'}. What has come is kept: pull again to go on.`,
    { cause: error },
  );
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}
