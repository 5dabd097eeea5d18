import type { Licence, NamedVoice } from './catalogue.js';

/** What the cards of most Piper voices say of where their training began. */
const FROM_LESSAC =
  'Trained on from the "lessac" voice, whose recordings (Blizzard 2013) are licensed for research only. Whether that binds a voice made from it is open: decide before commercial use.';

const card = (repository: string, file = 'MODEL_CARD'): string =>
  `https://huggingface.co/${repository}/blob/main/${file}`;

/** Of a voice of the usual size (63 MB) in its process, measured with `joe`; see docs/benchmarks/tts.md for how voices are measured. */
const PIPER_MEMORY_MB = 260;
const PIPER_SIZE_MB = 82;

/** @param restriction why the voice is not free for every use; none: recordings and weights are */
function piper(name: string, language: string, licence: string, restriction?: string): NamedVoice {
  const repository = `csukuangfj/vits-piper-${name}`;
  return {
    kind: 'voice',
    architecture: 'vits',
    name: `voice:${name}`,
    folder: `voices/${name}`,
    sources: [
      {
        repository,
        files: [`${name}.onnx`, 'tokens.txt', 'espeak-ng-data/'],
        optional: [`${name}.onnx.json`, 'MODEL_CARD'],
      },
    ],
    sizeMb: PIPER_SIZE_MB,
    memoryMb: PIPER_MEMORY_MB,
    memoryFrom: 'measured',
    languages: [language],
    licence: {
      name: licence,
      url: card(repository),
      ...(restriction === undefined
        ? { use: 'free', remark: 'Trained from scratch, by its card.' }
        : { use: 'restricted', remark: restriction }),
    },
  };
}

/** In the order of their ids. */
const KOKORO_SPEAKERS =
  `af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky
am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa bf_alice bf_emma bf_isabella bf_lily bm_daniel
bm_fable bm_george bm_lewis ef_dora em_alex ff_siwis hf_alpha hf_beta hm_omega hm_psi if_sara im_nicola jf_alpha jf_gongitsune
jf_nezumi jf_tebukuro jm_kumo pf_dora pm_alex pm_santa zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia
zm_yunyang em_santa`.split(/\s+/);

function kokoro(
  name: string,
  modelFile: string,
  size: Pick<NamedVoice, 'sizeMb' | 'memoryMb' | 'memoryFrom'>,
): NamedVoice {
  const repository = `csukuangfj/${name}`;
  const licence: Licence = {
    name: 'Apache-2.0',
    url: card(repository, 'LICENSE'),
    use: 'free',
    remark:
      'Its authors name public domain and openly licensed recordings, and speech of commercial services, as data.',
  };
  return {
    kind: 'voice',
    architecture: 'kokoro',
    name: `voice:${name}`,
    folder: `voices/${name}`,
    sources: [
      {
        repository,
        files: [
          modelFile,
          'voices.bin',
          'tokens.txt',
          'lexicon-us-en.txt',
          'lexicon-zh.txt',
          'espeak-ng-data/',
        ],
        optional: ['lexicon-gb-en.txt', 'date-zh.fst', 'number-zh.fst', 'phone-zh.fst', 'dict/', 'LICENSE'],
      },
    ],
    ...size,
    languages: ['en-US', 'en-GB', 'es', 'fr', 'hi', 'it', 'ja', 'pt-BR', 'zh'],
    licence,
    speakers: KOKORO_SPEAKERS,
  };
}

const MATCHA: NamedVoice = {
  kind: 'voice',
  architecture: 'matcha',
  name: 'voice:matcha-icefall-en_US-ljspeech',
  folder: 'voices/matcha-icefall-en_US-ljspeech',
  sources: [
    {
      repository: 'csukuangfj/matcha-icefall-en_US-ljspeech',
      files: ['model-steps-3.onnx', 'tokens.txt', 'espeak-ng-data/'],
    },
    { repository: 'csukuangfj/sherpa-onnx-hifigan', files: ['hifigan_v2.onnx'] },
  ],
  sizeMb: 96,
  memoryMb: 450,
  memoryFrom: 'estimated',
  languages: ['en-US'],
  licence: {
    name: 'none stated',
    url: card('csukuangfj/matcha-icefall-en_US-ljspeech', 'README.md'),
    use: 'restricted',
    remark:
      'The recordings (LJ Speech) are in the public domain; whoever trained the weights states no licence for them.',
  },
};

/** Voices of which name, files and licence are published. Korean has none: no Piper voice, and Kokoro does not speak it. */
export const VOICES: readonly NamedVoice[] = [
  piper('en_US-ljspeech-medium', 'en-US', 'public domain'),
  piper('en_US-kristin-medium', 'en-US', 'public domain'),
  piper('en_GB-cori-medium', 'en-GB', 'public domain'),
  piper('nl_BE-rdh-medium', 'nl-BE', 'CC0'),
  piper('de_DE-thorsten-medium', 'de-DE', 'CC0', FROM_LESSAC),
  piper('fr_FR-siwis-medium', 'fr-FR', 'CC BY 4.0', FROM_LESSAC),
  piper('es_ES-davefx-medium', 'es-ES', 'CC0', FROM_LESSAC),
  piper('it_IT-paola-medium', 'it-IT', 'CC0', FROM_LESSAC),
  piper('pt_BR-faber-medium', 'pt-BR', 'CC0', FROM_LESSAC),
  piper('pl_PL-darkman-medium', 'pl-PL', 'CC0', FROM_LESSAC),
  piper('ru_RU-denis-medium', 'ru-RU', 'CC0', FROM_LESSAC),
  piper('vi_VN-vais1000-medium', 'vi-VN', 'CC BY 4.0', FROM_LESSAC),
  piper(
    'zh_CN-huayan-medium',
    'zh-CN',
    'unknown',
    'Its card says "License: Unknown": use it for yourself only, until you know more.',
  ),
  kokoro('kokoro-multi-lang-v1_0', 'model.onnx', { sizeMb: 401, memoryMb: 750, memoryFrom: 'estimated' }),
  kokoro('kokoro-int8-multi-lang-v1_0', 'model.int8.onnx', {
    sizeMb: 200,
    memoryMb: 360,
    memoryFrom: 'measured',
  }),
  MATCHA,
];
