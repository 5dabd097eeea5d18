/**
 * The order in which jest takes the files: what takes long first, so that no worker is at work alone at the end; then the larger
 * ones. A fresh clone has no times of an earlier run.
 */
const LONGEST = [
  'whisper-worker-proofs',
  'whisper-base-recordings',
  'tts-places',
  'whisper-base-noise',
  'whisper-base-speech',
  'product',
  'audio-formats',
  'transcription-embedded-worker',
  'transcription-workers',
  'tts-voice-hosts',
  'transcription-sessions',
  'transcription-cuts',
  'tts-espeak',
  'containers',
  'hostile-recordings',
  'create-audio-decoder',
];

function placeOf({ path }) {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[a-z0-9-]*spec\.ts$/, '');
  const place = LONGEST.indexOf(name);
  return place === -1 ? LONGEST.length : place;
}

export default class LongestFirst {
  sort(tests) {
    const sizes = new Map(tests.map((test) => [test, test.context.hasteFS.getSize(test.path) ?? 0]));
    return [...tests].sort((a, b) => placeOf(a) - placeOf(b) || sizes.get(b) - sizes.get(a));
  }

  /** For `jest --shard=1/2`, so that each shard gets its part of the long ones. */
  shard(tests, { shardIndex, shardCount }) {
    return this.sort(tests).filter((_, at) => at % shardCount === shardIndex - 1);
  }

  /** For `jest --onlyFailures`. Nothing is kept of a run. */
  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
