import { pino } from 'pino';
import { readSlices } from '../../src/config/read-slices.js';
import type { DecodedUtterance, DecodeRequest, RecogniserKey } from '../../src/whisper-worker/engine.js';
import { FakeEngine } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import { installLastResort } from '../../src/whisper-worker/last-resort.js';
import { EnergyDetector } from '../../src/whisper-worker/vad/energy-detector.js';
import { WORKER_SLICES } from '../../src/whisper-worker/worker.config.js';
import { startWorker } from '../../src/whisper-worker/worker.js';

/**
 * A worker, as a process, that breaks on what a session asks for: its engine by the language, its detector by the threshold. All
 * other sessions are served as by any worker.
 */
class FaultyEngine extends FakeEngine {
  override async prepare(key: RecogniserKey): Promise<void> {
    await super.prepare(key);
    if (key.language === 'ja') throw new TypeError('told to fail while it loads');
  }

  override async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    const decoded = await super.decode(request, signal);
    const { language, isOptional } = request;
    if (language === 'ko') throw new TypeError('told to fail while it decodes');
    if (language === 'de') return { ...decoded, text: 42 as unknown as string };
    if (language === 'fr') return { ...decoded, confidence: 1n as unknown as number };
    if (language === 'pl' && isOptional) return { ...decoded, text: 42 as unknown as string };
    if (language === 'es') setTimeout(() => fail('in a timer'), 1);
    if (language === 'it') void Promise.reject(new TypeError('told to fail in a promise'));
    return decoded;
  }
}

class FaultyDetector extends EnergyDetector {
  constructor(private readonly threshold: number) {
    super();
  }

  override isSpeech(window: Float32Array): boolean {
    const isSpeech = super.isSpeech(window);
    if (!isSpeech) return false;
    if (this.threshold === 0.9) fail('in the detector');
    if (this.threshold === 0.8) setImmediate(() => fail('behind the detector'));
    if (this.threshold === 0.7) process.kill(process.pid, 'SIGKILL');
    return isSpeech;
  }

  override reset(): void {
    if (this.threshold === 0.6) fail('while it is put away');
  }
}

function fail(where: string): never {
  throw new TypeError(`told to fail ${where}`);
}

const config = readSlices(WORKER_SLICES, process.env);
const logger = pino({ level: 'silent' });
installLastResort(logger);
const worker = await startWorker(config, logger, {
  engine: new FaultyEngine(),
  makeDetector: (threshold) => new FaultyDetector(threshold),
});
process.once('disconnect', () => process.exit(0));
process.send!({ type: 'listening', port: worker.port });
