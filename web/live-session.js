/**
 * @typedef {import('../src/transcription/events.js').SessionStart} SessionStart
 * @typedef {import('../src/common/errors/error-body.js').SocketErrorBody} SocketErrorBody
 * @typedef {{ ok: boolean, message: string, code: SocketErrorBody['code'], sessionId: string, resumeToken: string, nextSeq: number, durable: number, received: number }} Answer
 */

const ANSWER_MS = 15_000;
const RETRY_MS = 500;
/** Chunks that may be kept while the connection is lost: some minutes of slices. */
const MAX_KEPT = 2_000;

/**
 * A session as a careful client keeps it: chunks are numbered and kept until the server has taken them over, and after a lost
 * connection the session goes on from the chunk that the server wants next.
 */
export class LiveSession {
  #id = '';
  #token = '';
  #lastSeq = 0;
  #lastEventId = 0;
  #isEnding = false;
  /** @type {Map<number, ArrayBuffer>} chunks that were not acknowledged */
  #kept = new Map();

  /**
   * @param {any} socket
   * @param {(message: string) => void} warn
   */
  constructor(socket, warn) {
    this.socket = socket;
    this.warn = warn;
  }

  get isStarted() {
    return this.#id !== '';
  }

  /** @param {SessionStart} options */
  async start(options) {
    const answer = await this.#ask('session:start', options);
    this.#id = answer.sessionId;
    this.#token = answer.resumeToken;
  }

  /** On a new connection. */
  async resume() {
    const resume = { sessionId: this.#id, token: this.#token, lastEventId: this.#lastEventId };
    const { nextSeq } = await this.#ask('session:start', { v: 1, resume });
    for (const seq of this.#kept.keys()) if (seq < nextSeq) this.#kept.delete(seq);
    for (const [seq, bytes] of this.#kept) this.#transmit(seq, bytes);
    if (this.#isEnding) this.#sayEnd();
  }

  /** @param {ArrayBuffer} bytes */
  send(bytes) {
    this.#lastSeq += 1;
    this.#kept.set(this.#lastSeq, bytes);
    if (this.#kept.size > MAX_KEPT) this.warn('The connection is lost for too long: words will be missing.');
    else if (this.socket.connected) this.#transmit(this.#lastSeq, bytes);
  }

  end() {
    this.#isEnding = true;
    if (this.socket.connected) this.#sayEnd();
  }

  /**
   * Whether a final was not shown yet.
   *
   * @param {number} eventId
   */
  isNew(eventId) {
    if (eventId <= this.#lastEventId) return false;
    this.#lastEventId = eventId;
    return true;
  }

  /**
   * @param {number} seq
   * @param {ArrayBuffer} bytes
   */
  #transmit(seq, bytes) {
    this.socket.emit('audio', { seq }, bytes, (/** @type {Answer} */ answer) => {
      if (answer.ok) this.#kept.delete(seq);
      // Later chunks are refused as a gap until this one is taken; each comes again by itself.
      else if (answer.code === 'rate_limited' || answer.code === 'seq_gap')
        setTimeout(() => this.socket.connected && this.#transmit(seq, bytes), RETRY_MS);
      else this.warn(answer.message);
    });
  }

  #sayEnd() {
    this.socket.emit('session:end', { lastSeq: this.#lastSeq }, (/** @type {Answer} */ answer) => {
      if (!answer.ok && answer.code === 'seq_gap')
        setTimeout(() => this.socket.connected && this.#sayEnd(), RETRY_MS);
    });
  }

  /**
   * @param {string} event
   * @param {object} body
   * @returns {Promise<Answer>}
   */
  async #ask(event, body) {
    const answer = await this.socket.timeout(ANSWER_MS).emitWithAck(event, body);
    if (!answer.ok) throw new Error(answer.message);
    return answer;
  }
}
