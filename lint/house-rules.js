/** Lint rules of this house: which room may import which, who may import an adapter, and how a class hides what is private. */
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

const BASE = ['common', 'config', 'logging', 'auth', 'health', 'metrics'];

/**
 * The rooms of `src`, from the lowest, and what each may import: rooms, or single files of a room (a contract, a slice of the
 * configuration). Every room may import itself. What is in `src` itself composes the rooms and imports any of them.
 */
const ROOMS = {
  common: [],
  'whisper-protocol': ['common/captions'],
  config: ['common'],
  logging: ['common', 'config'],
  auth: ['common', 'config', 'logging'],
  metrics: ['common', 'config', 'auth'],
  health: ['common', 'config', 'auth', 'metrics'],
  telemetry: ['common', 'config', 'metrics'],
  ledger: BASE,
  edge: ['common', 'config', 'health', 'metrics'],
  openai: ['common', 'config'],
  'api-docs': ['common', 'auth', 'openai'],
  audio: ['common', 'config', 'auth/auth.config.ts'],
  tts: [...BASE, 'ledger', 'openai', 'audio', 'models/models.config.ts', 'models/pulled-folder.ts'],
  chat: [...BASE, 'ledger', 'openai'],
  annotation: [...BASE, 'ledger', 'chat/chat-model.ts', 'chat/chat.config.ts'],
  transcription: [
    ...BASE,
    'ledger',
    'audio',
    'whisper-protocol',
    'whisper-worker/worker.config.ts',
    'models',
  ],
  models: ['common', 'config'],
  'whisper-worker': [
    'common',
    'config',
    'logging',
    'openai',
    'whisper-protocol',
    'telemetry/failure-report.ts',
    'models/models.config.ts',
    'models/catalogue.ts',
    'models/chosen-model.ts',
    'models/next-model.ts',
    'models/pulled-folder.ts',
  ],
};

/** Processes without Nest, and the protocol that one of them speaks. */
const WITHOUT_NEST = /^(whisper-worker|whisper-protocol|models|tts\/providers\/sherpa\/host)\//;
const OF_NEST =
  /^(@nestjs\/|express$|rxjs)|^common\/http\/|\.(filter|module|controller|gateway|guard|middleware)\.ts$/;
/** OpenTelemetry beyond its API: what is loaded on demand only. */
const OF_OTEL = /^@opentelemetry\/(?!api$)/;
/** The folder of adapters in which a file is. What chooses an engine lies beside the engines and is none. */
const ADAPTERS = /^(?:.+\/providers(?=\/)|whisper-worker\/engines(?=\/[^/]+\/))/;

function isAllowed(from, to) {
  const room = from.split('/', 1)[0];
  if (!from.includes('/') || to.startsWith(`${room}/`)) return true;
  return (ROOMS[room] ?? []).some((each) => to === each || to.startsWith(`${each}/`));
}

/** What is wrong with an import, or undefined. Paths count from `src`. */
function faultOf(from, specifier) {
  const isOurs = specifier.startsWith('.');
  const to = isOurs ? join(dirname(from), specifier).split(sep).join('/').replace(/\.js$/, '.ts') : specifier;
  if (WITHOUT_NEST.test(from) && OF_NEST.test(to)) return 'This process runs without Nest and Express.';
  if (OF_OTEL.test(specifier) && !from.startsWith('telemetry/'))
    return 'An SDK is loaded by src/telemetry/register.ts alone: everything else knows the API of OpenTelemetry only.';
  if (from.startsWith('whisper-protocol/') && specifier.startsWith('node:'))
    return 'The protocol does no I/O.';
  if (!isOurs || to.startsWith('../')) return undefined;
  if (!isAllowed(from, to)) return `${from.split('/', 1)[0]} may not import this: see lint/house-rules.js.`;
  const adapters = ADAPTERS.exec(to)?.[0];
  if (adapters === undefined || from.startsWith(`${adapters}/`)) return undefined;
  return from === `${dirname(adapters)}/${dirname(adapters)}.module.ts`
    ? undefined
    : 'An adapter is imported by the module of its feature only.';
}

const imports = {
  create(context) {
    const from = relative(SRC, context.filename).split(sep).join('/');
    if (from.startsWith('..') || from.endsWith('.spec.ts')) return {};
    const check = ({ source }) => {
      const message = source?.value && faultOf(from, String(source.value));
      if (message) context.report({ message, node: source });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

const privateKeyword = {
  create(context) {
    // Plain JavaScript has no keyword for it.
    const isSecret = context.filename.endsWith(join('config', 'secret.ts'));
    if (isSecret || !context.filename.endsWith('.ts')) return {};
    return {
      PrivateIdentifier(node) {
        context.report({ message: 'Use `private`: # is for Secret, whose value nothing may read.', node });
      },
    };
  },
};

export default {
  meta: { name: 'house' },
  rules: { imports, 'private-keyword': privateKeyword },
};
