/**
 * How the page reaches its server: every call carries the key, if the server wants one, and fails with the server's own words.
 *
 * @typedef {import('../src/common/errors/error-body.js').HttpErrorBody} HttpErrorBody
 */

const KEY = 'parley-key';

export const UNREACHABLE = 'The server cannot be reached.';

/** The server has answered, and said what was wrong. */
export class ServerError extends Error {}

/** @type {(() => void) | undefined} */
let onKeyNeeded;

/** @param {() => void} ask called when the server refuses the key, or the lack of one */
export function whenKeyIsNeeded(ask) {
  onKeyNeeded = ask;
}

export function apiKey() {
  return sessionStorage.getItem(KEY) ?? '';
}

/** @param {string} key */
export function rememberKey(key) {
  sessionStorage.setItem(KEY, key);
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function call(path, init = {}) {
  const headers = new Headers(init.headers);
  if (apiKey() !== '') headers.set('Authorization', `Bearer ${apiKey()}`);
  const response = await fetch(path, { ...init, headers }).catch((error) => {
    throw error instanceof TypeError ? new Error(UNREACHABLE, { cause: error }) : error;
  });
  if (response.ok) return response;
  if (response.status === 401) onKeyNeeded?.();
  throw new ServerError(await errorMessage(response));
}

/**
 * @param {string} path
 * @param {object} body
 * @param {RequestInit} [init]
 */
export function post(path, body, init = {}) {
  const headers = new Headers(init.headers);
  headers.set('Content-Type', 'application/json');
  return call(path, { ...init, method: 'POST', headers, body: JSON.stringify(body) });
}

/** @param {Response} response */
async function errorMessage(response) {
  try {
    const { error } = /** @type {{ error: HttpErrorBody }} */ (await response.json());
    return error.message;
  } catch {
    return `The server answered ${response.status}.`;
  }
}

/**
 * @param {string} id
 * @returns {any} the element; the page and its script are one, so a missing one is a mistake of ours
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element ${id}`);
  return found;
}

/**
 * @param {HTMLElement} line
 * @param {string} text
 * @param {'info' | 'error'} [kind]
 */
export function say(line, text, kind = 'info') {
  line.textContent = text;
  line.dataset.kind = kind;
}
