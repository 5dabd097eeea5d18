import { describe, it } from '@jest/globals';
import { testSeed } from '../support/random.js';
import { proveCuts, proveIdentity, proveLeaving, withProofSetting } from '../support/speech-proofs.js';

const SEED = testSeed();

describe('proofs of speech, short form', () => {
  it('60 random bodies arrive byte for byte, new, joined and from the cache', () =>
    withProofSetting(SEED, (setting) => proveIdentity(setting, 60)));

  it('15 random cuts never look complete', () => withProofSetting(SEED, (setting) => proveCuts(setting, 15)));

  it('30 listeners that leave at random moments leave nothing behind', () =>
    withProofSetting(SEED, (setting) => proveLeaving(setting, 30), { TTS_SERVICE_FORMATS: 'mp3' }));
});
