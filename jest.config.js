const shared = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};

const PROJECTS = ['unit', 'e2e', 'streams', 'soak'];

refuseFilesAsProjects();

/** The e2e specs in which something streams: events, audio, chunks of text, sockets. They run on every supported Node. */
const STREAMS = [
  'admission',
  'audio-formats',
  'chat*',
  'http-*',
  'openai-compat-*',
  'product',
  'sockets',
  'transcription*',
  'tts*',
  'whisper-worker',
  'whisper-worker-bad-input',
  'whisper-worker-captions',
  'whisper-worker-faults',
  'whisper-worker-hostile-peers',
].map((name) => `**/${name}.e2e-spec.ts`);

/** Three tiers: unit (beside the source), e2e (real sockets), soak (long and random, printed seed); streams is a part of e2e. */
export default {
  // Finds what hangs; how fast the machine is decides nothing.
  testTimeout: 60_000,
  // Most tests wait for speech at its own pace, so both of two cores are worth a worker; jest would take one.
  maxWorkers: 2,
  // Modules of earlier files stay in memory, 50 MB each time: a worker of 3 GB spends half of its time collecting.
  workerIdleMemoryLimit: '1GB',
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: ['<rootDir>/src', '<rootDir>/bench', '<rootDir>/test/support'],
      testMatch: ['**/*.spec.ts'],
      setupFiles: ['<rootDir>/test/support/quiet-logger.ts'],
    },
    { ...shared, displayName: 'e2e', roots: ['<rootDir>/test'], testMatch: ['**/*.e2e-spec.ts'] },
    { ...shared, displayName: 'streams', roots: ['<rootDir>/test'], testMatch: STREAMS },
    { ...shared, displayName: 'soak', roots: ['<rootDir>/test'], testMatch: ['**/*.soak-spec.ts'] },
  ],
};

/** `--selectProjects e2e FILE` makes a project of the file as well, which jest passes over in silence: it would run all of e2e. */
function refuseFilesAsProjects() {
  const at = process.argv.indexOf('--selectProjects');
  if (at === -1) return;
  const rest = process.argv.slice(at + 1);
  const end = rest.findIndex((argument) => argument.startsWith('-'));
  const unknown = (end === -1 ? rest : rest.slice(0, end)).filter((name) => !PROJECTS.includes(name));
  if (unknown.length > 0)
    throw new Error(`Not a project: ${unknown.join(' ')}. Name files before --selectProjects`);
}
