import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LinkedAbort } from '../common/streams/linked-abort.js';
import { matches } from './checksum.js';
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
  onProgress(file: RemoteFile, receivedBytes: number): void;
}

/** Downloads of one file whose checksum is wrong. The first may be damaged by the connection. */
const MAX_CORRUPT = 2;

/**
 * Downloads a file beside its place (`NAME.part`), goes on where an earlier try stopped, checks size and checksum, and only then
 * moves it to its place: a file with the final name is complete. One process at a time. @throws ModelError
 * @param signal aborts when another process works on the file now
 */
export async function download(
  file: RemoteFile,
  target: string,
  http: HttpClient,
  settings: DownloadSettings,
  signal: AbortSignal,
): Promise<void> {
  const part = `${target}.part`;
  for (let corrupt = 0; ;) {
    await fetchWhole(file, part, http, settings, signal);
    const isSound = await matches(part, file.sizeBytes, file.checksum);
    if (signal.aborted) throw failed(file, signal.reason as Error);
    if (isSound) break;
    await rm(part, { force: true });
    corrupt += 1;
    if (corrupt === MAX_CORRUPT)
      throw new ModelError(`${file.name} came damaged ${MAX_CORRUPT} times: its checksum is wrong.`);
  }
  await rename(part, target);
}

async function fetchWhole(
  file: RemoteFile,
  part: string,
  http: HttpClient,
  settings: DownloadSettings,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  for (let had = await sizeOf(part); had < file.sizeBytes;) {
    const error = await fetchSome(file, part, had, http, settings, signal).catch(
      (reason: unknown) => reason as Error,
    );
    const has = await sizeOf(part);
    failures = has > had ? 0 : failures + 1;
    had = has;
    if (error instanceof ModelError) throw error;
    if (signal.aborted || failures >= settings.attempts) throw failed(file, error);
    if (error) await sleep(settings.backoffMs * 2 ** failures);
  }
}

/** One try: appends what comes, from where the part ends. */
async function fetchSome(
  file: RemoteFile,
  part: string,
  from: number,
  http: HttpClient,
  settings: DownloadSettings,
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
        settings.onProgress(file, received);
        const isTooMuch = received > file.sizeBytes;
        done(isTooMuch ? new ModelError(`${file.name} is larger than the hub says.`) : null, chunk);
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

function failureOf(status: number, file: RemoteFile): Error {
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 416 && status !== 429;
  const error = new Error(`the server answers ${status}`);
  return isFinal ? failed(file, error) : error;
}

function failed({ name }: RemoteFile, error: Error | undefined): ModelError {
  return new ModelError(
    `${name} cannot be downloaded: ${error?.message ?? 'the connection brings nothing'}.`,
  );
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}
