import { createInterface } from 'node:readline';
import { costOfTree } from '../process-figures.js';
import { driver, PythonProcess } from './python-process.js';
import type { Recogniser } from './recogniser.js';
import { bytesOf } from './run-ffmpeg.js';

/** faster-whisper in a Python process of its own. */
export class FasterWhisper implements Recogniser {
  readonly name = 'faster-whisper';

  private constructor(
    private readonly python: PythonProcess,
    private readonly lines: AsyncIterator<string>,
  ) {}

  /** @throws Error with the reason when it does not come up */
  static async start(python: string, ct2: string, language: string): Promise<FasterWhisper> {
    const peer = new PythonProcess(python, [driver('faster_whisper_peer.py'), ct2, language]);
    const lines = createInterface({ input: peer.child.stdout! })[Symbol.asyncIterator]();
    await peer.until(lines.next());
    return new FasterWhisper(peer, lines);
  }

  async transcribe(samples: Int16Array): Promise<string> {
    const bytes = bytesOf(samples);
    this.python.child.stdin!.write(`${bytes.length}\n`);
    this.python.child.stdin!.write(bytes);
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error('faster-whisper ended');
    return (JSON.parse(value) as { text: string }).text;
  }

  cpuSeconds(): number {
    return costOfTree(this.python.pid).cpuSeconds;
  }

  residentBytes(): number {
    return costOfTree(this.python.pid).residentBytes;
  }

  close(): Promise<void> {
    return this.python.stop();
  }
}
