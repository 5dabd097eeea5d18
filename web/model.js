/** What speech is heard with, and the offer of a better model: one click, its progress, and what became of it. */
import { call, element, post, say } from './server.js';

/** @typedef {import('../src/transcription/models/models-body.js').ModelsBody} ModelsBody */

const POLL_MS = 10_000;
/** While a model comes or loads. */
const POLL_SOON_MS = 500;
const BYTES_PER_MB = 1_000_000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {boolean} isAvailable whether the server transcribes */
export function modelIsAvailable(isAvailable) {
  if (isAvailable && timer === undefined) void watch();
}

export function startModel() {
  element('use-model').addEventListener('click', () => void use(element('use-model').value));
  element('cancel-model').addEventListener('click', () => void cancel());
}

/** @param {string} model */
async function use(model) {
  element('use-model').disabled = true;
  try {
    await post('/transcription/models/use', { model });
    lookSoon();
  } catch (error) {
    say(element('model-state'), /** @type {Error} */ (error).message, 'error');
    element('use-model').disabled = false;
  }
}

async function cancel() {
  await call('/transcription/models/pull', { method: 'DELETE' }).catch(() => undefined);
  lookSoon();
}

function lookSoon() {
  clearTimeout(timer);
  void watch();
}

async function watch() {
  let pollMs = POLL_MS;
  try {
    /** @type {ModelsBody} */
    const body = await (await call('/transcription/models')).json();
    show(body);
    if (isMoving(body) || body.inUse === null) pollMs = POLL_SOON_MS;
  } catch {
    // The chips say that the server is away.
  }
  timer = setTimeout(() => void watch(), pollMs);
}

/** @param {ModelsBody} body */
function show(body) {
  const { inUse, loadMs, memoryBytes, nextModel, models, canUse, refusal } = body;
  element('model').hidden = inUse === null;
  const facts = [
    loadMs === null ? '' : `loaded in ${(loadMs / 1_000).toFixed(1)} s`,
    memoryBytes === null ? '' : `${megabytes(memoryBytes)} of memory`,
  ].filter((fact) => fact !== '');
  element('model-in-use').textContent =
    `Speech is heard with ${inUse}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}.`;
  const next = models.find(({ name }) => name === nextModel);
  const isOffered = next !== undefined && !isMoving(body);
  element('model-offer').textContent = isOffered ? offer(next) : '';
  element('use-model').hidden = !isOffered || !canUse;
  element('use-model').disabled = false;
  element('use-model').value = next?.name ?? '';
  element('use-model').textContent = `Use ${next?.name}`;
  element('model-command').textContent = isOffered && !canUse ? `${refusal} ${next.command}` : '';
  showProgress(body);
}

/** @param {ModelsBody['models'][number]} model */
function offer({ name, state, downloadBytes, memoryBytes, licence }) {
  const isHere = state === 'here' || state === 'default';
  const needs = [
    isHere || downloadBytes === null ? '' : `${megabytes(downloadBytes)} to download`,
    memoryBytes === null ? '' : `about ${megabytes(memoryBytes)} of memory for each process`,
    licence === null ? '' : `licence ${licence.name}`,
  ];
  return `Better: ${name} (${needs.filter((need) => need !== '').join(', ')}).`;
}

/** @param {ModelsBody} body */
function showProgress({ pull, change, inUse }) {
  const isPulling = pull !== null && ['waiting', 'downloading', 'checking'].includes(pull.state);
  const bar = element('model-progress');
  bar.hidden = !isPulling;
  element('cancel-model').hidden = !isPulling;
  const line = element('model-state');
  if (isPulling) {
    bar.max = Math.max(1, pull.totalBytes);
    bar.value = pull.doneBytes;
    say(line, `${pull.model}: ${pull.state}, ${megabytes(pull.doneBytes)} of ${megabytes(pull.totalBytes)}`);
  } else if (change?.state === 'failed') say(line, `${change.model}: ${change.reason}`, 'error');
  else if (change) say(line, `${change.model}: ${change.state}`);
  else if (pull?.state === 'failed') say(line, pull.message ?? 'failed', 'error');
  else if (pull?.state === 'cancelled') say(line, `${pull.model}: cancelled; what has come is kept`);
  else if (pull?.state === 'done' && pull.model === inUse)
    say(line, `New sessions are heard with ${inUse}; those that run go on as they began.`);
  else say(line, pull?.state === 'done' ? `${pull.model}: chosen` : '');
}

/** @param {ModelsBody} body */
function isMoving({ pull, change, inUse }) {
  if (change) return change.state !== 'failed';
  const isOver = pull === null || ['failed', 'cancelled'].includes(pull.state);
  // Between the end of a pull and the first look of the worker neither tells anything.
  return !isOver && !(pull.state === 'done' && pull.model === inUse);
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${Math.round(bytes / BYTES_PER_MB)} MB`;
}
