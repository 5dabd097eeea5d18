import { pino } from 'pino';
import { fromProject } from '../../src/config/project-paths.js';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { FakeEngine } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import { findModel } from '../../src/whisper-worker/engines/sherpa/model-folder.js';
import { SherpaEngine } from '../../src/whisper-worker/engines/sherpa/sherpa-engine.js';
import { HostedEngine } from '../../src/whisper-worker/host/hosted-engine.js';
import { describeEngine } from '../contracts/engine.js';
import { sampleClip, toFloat } from '../support/wav.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';

const coded = (space: number): Float32Array =>
  toFloat(encodeWords([1, 2, 3].map((number) => ({ space, number }))));

const HOSTED = {
  modelsDir: fromProject('models'),
  model: SIXTY_WORDS,
  lanes: 2,
  lanesPerHost: 1,
  maxRecognisers: 4,
  decodeTimeoutMs: 20_000,
  loadTimeoutMs: 20_000,
  hungMs: 20_000,
};
const demoClips = [
  {
    samples: toFloat(sampleClip('open-the-red-door.wav')),
    language: 'en',
    text: 'Please open the red door.',
  },
  { samples: toFloat(sampleClip('ko-turn-on-the-light.wav')), language: 'ko', text: '불을 켜 주세요.' },
];

describeEngine('fake', {
  make: () => new FakeEngine(5),
  spoken: [
    { samples: coded(7), language: 'en', text: '7:1 7:2 7:3' },
    { samples: coded(8), language: 'ko', text: '8:1 8:2 8:3' },
  ],
});

describeEngine('sherpa with the demo models', {
  make: () => new SherpaEngine(findModel(SIXTY_WORDS, '')),
  spoken: demoClips,
});

describeEngine('fake in engine hosts', {
  make: () => HostedEngine.start({ ...HOSTED, engine: 'fake' }, pino({ level: 'silent' })),
  spoken: [{ samples: coded(7), language: 'en', text: '7:1 7:2 7:3' }],
});

describeEngine('sherpa in engine hosts', {
  make: () => HostedEngine.start({ ...HOSTED, engine: 'sherpa' }, pino({ level: 'silent' })),
  spoken: demoClips,
});
