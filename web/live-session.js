/**
 * @typedef {import('../src/transcription/events.js').SessionStart} SessionStart
 * @typedef {import('../src/common/errors/error-body.js').SocketErrorBody} SocketErrorBody
 * @typedef {{ ok: boolean, message: string, code: SocketErrorBody['code'], retryable: boolean, retryAfterMs?: number, sessionId: string, resumeToken: string, nextSeq: number, durable: number, received: number }} Answer
 */

const ANSWER_MS = 15_000;
const RETRY_MS = 500;
/** Chunks that may be kept, for a server that is away or may be lost: some minutes of slices. */
const MAX_KEPT = 2_000;

/**
 * A session as a careful client keeps it. Chunks are numbered, and kept until they are durable. After a lost connection the session
 * goes on from the chunk that the server wants next; a server that has lost the session itself is given a new one, which begins with the
 * header of the recording and with what no final covers yet.
 */
export class LiveSession {
  #id = '';
  #token = '';
  /** @type {SessionStart} */
  #options = { v: 1 };
  #lastSeq = 0;
  #received = 0;
  #lastEventId = 0;
  #isEnding = false;
  /** The connection on which the server has the session. */
  #connection = '';
  /** @type {Map<number, ArrayBuffer>} chunks that are not durable yet */
  #kept = new Map();
  /** @type {ArrayBuffer | undefined} the first chunk: containers have their header in it */
  #header;
  /** Where the times of this server's session begin, and the end of the last final, in samples since the start of the recording. */
  #offset = 0;
  #heardUntil = 0;

  /**
   * @param {any} socket
   * @param {(message: string) => void} warn
   * @param {() => void} onFull called when nothing more can be kept: the recording should end
   */
  constructor(socket, warn, onFull) {
    this.socket = socket;
    this.warn = warn;
    this.onFull = onFull;
  }

  /** Whether chunks may be sent. */
  get #isLive() {
    return this.socket.connected && this.socket.id === this.#connection;
  }

  get isStarted() {
    return this.#id !== '';
  }

  get isEnding() {
    return this.#isEnding;
  }

  /** Samples to add to the times of its events. */
  get offset() {
    return this.#offset;
  }

  /** @param {{ sessionId?: string }} event */
  isOwn({ sessionId }) {
    return sessionId === undefined || sessionId === this.#id;
  }

  /** @param {SessionStart} options */
  async start(options) {
    this.#options = options;
    this.#begin(await this.#ask('session:start', options));
  }

  /** On a new connection. */
  async comeBack() {
    const resume = { sessionId: this.#id, token: this.#token, lastEventId: this.#lastEventId };
    try {
      const { nextSeq } = await this.#ask('session:start', { v: 1, resume });
      this.#connection = this.socket.id;
      this.#received = Math.max(this.#received, nextSeq - 1);
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== 'resume_expired') throw error;
      await this.#beginAnew();
    }
    for (const seq of this.#kept.keys()) if (seq > this.#received) this.#transmit(seq);
    if (this.#isEnding) this.#sayEnd();
  }

  /** @param {ArrayBuffer} bytes */
  send(bytes) {
    if (this.#isEnding) return;
    if (this.#kept.size >= MAX_KEPT) {
      const [oldest] = this.#kept.keys();
      if (oldest === undefined || oldest > this.#received) {
        this.warn('The connection was lost for too long: the recording has ended.');
        this.onFull();
        return;
      }
      this.#kept.delete(oldest);
    }
    this.#header ??= bytes;
    this.#lastSeq += 1;
    this.#kept.set(this.#lastSeq, bytes);
    if (this.#isLive) this.#transmit(this.#lastSeq);
  }

  end() {
    this.#isEnding = true;
    if (this.#isLive) this.#sayEnd();
  }

  /** The server is going away and has told every word of what it has taken; what it has not comes to the next one. */
  leave() {
    this.#connection = '';
    this.#forget(this.#received);
  }

  /**
   * Whether a final was not shown yet.
   *
   * @param {{ eventId: number, end: number }} final
   */
  isNew({ eventId, end }) {
    if (eventId <= this.#lastEventId) return false;
    this.#lastEventId = eventId;
    this.#heardUntil = this.#offset + end;
    return true;
  }

  async #beginAnew() {
    this.#begin(await this.#ask('session:start', this.#options));
    const chunks = [...this.#kept.values()];
    // Raw samples have no header.
    if (this.#header && this.#options.format?.codec === 'auto' && chunks[0] !== this.#header)
      chunks.unshift(this.#header);
    this.#kept = new Map(chunks.map((bytes, index) => [index + 1, bytes]));
    this.#lastSeq = chunks.length;
    this.#received = 0;
    this.#lastEventId = 0;
    this.#offset = this.#heardUntil;
  }

  /** @param {Answer} started */
  #begin({ sessionId, resumeToken }) {
    this.#id = sessionId;
    this.#token = resumeToken;
    this.#connection = this.socket.id;
  }

  /** @param {number} seq */
  #transmit(seq) {
    const id = this.#id;
    this.socket.emit('audio', { seq }, this.#kept.get(seq), (/** @type {Answer} */ answer) => {
      if (id !== this.#id) return;
      if (answer.ok) {
        this.#received = Math.max(this.#received, answer.received);
        this.#forget(answer.durable);
      }
      // Later chunks are refused as a gap until this one is taken; each comes again by itself.
      else if (answer.code === 'rate_limited' || answer.code === 'seq_gap')
        this.#later(id, () => seq > this.#received && this.#kept.has(seq) && this.#transmit(seq));
      else if (answer.code !== 'shutting_down') this.warn(answer.message);
    });
  }

  #sayEnd() {
    const id = this.#id;
    this.socket.emit('session:end', { lastSeq: this.#lastSeq }, (/** @type {Answer} */ answer) => {
      if (!answer.ok && answer.code === 'seq_gap') this.#later(id, () => this.#sayEnd());
    });
  }

  /**
   * @param {string} id of the session that it is for
   * @param {() => void} act
   */
  #later(id, act) {
    setTimeout(() => {
      if (this.#isLive && id === this.#id) act();
    }, RETRY_MS);
  }

  /** @param {number} durable */
  #forget(durable) {
    for (const seq of this.#kept.keys()) if (seq <= durable) this.#kept.delete(seq);
  }

  /**
   * @param {string} event
   * @param {object} body
   * @returns {Promise<Answer>}
   */
  async #ask(event, body) {
    const answer = await this.socket.timeout(ANSWER_MS).emitWithAck(event, body);
    if (!answer.ok) throw Object.assign(new Error(answer.message), answer);
    return answer;
  }
}
