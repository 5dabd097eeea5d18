import { describe, it } from '@jest/globals';
import { soakSeed } from '../support/random.js';
import { proveCuts, proveIdentity, proveLeaving, withProofSetting } from '../support/speech-proofs.js';

const SEED = soakSeed();
const TIMEOUT_MS = 600_000;

describe('proofs of speech', () => {
  it(
    '1000 random bodies arrive byte for byte, new, joined and from the cache',
    () => withProofSetting(SEED, (setting) => proveIdentity(setting, 1_000)),
    TIMEOUT_MS,
  );

  it(
    '300 random cuts never look complete',
    () => withProofSetting(SEED, (setting) => proveCuts(setting, 300)),
    TIMEOUT_MS,
  );

  it(
    '10 times 100 listeners that leave at random moments leave nothing behind',
    () =>
      withProofSetting(
        SEED,
        async (setting) => {
          for (let round = 0; round < 10; round++) await proveLeaving(setting, 100);
        },
        { TTS_SERVICE_FORMATS: 'mp3', FFMPEG_MAX_PROCESSES: '256' },
      ),
    TIMEOUT_MS,
  );
});
