/** `retryable`: the same call may succeed later, as it is. */
const RETRYABLE = {
  /** No model of the catalogue has this name. */
  model_unknown: false,
  /** The name is that of a model that comes with the sources. */
  model_included: false,
  /** Nobody answers at `MODELS_MIRROR`. */
  hub_unreachable: true,
  /** The hub has no such model, or what answers is no hub. */
  hub_answer_invalid: false,
  /** A file stopped coming. What has come is kept, and the next pull goes on there. */
  download_failed: true,
  /** The hub's bytes are not those that its list promises. */
  checksum_mismatch: true,
  /** The disk of `MODELS_DIR` is full, or would be. */
  disk_full: true,
  /** `MODELS_DIR` cannot be written. */
  not_writable: false,
  /** The caller's signal ended it. What has come is kept. */
  pull_aborted: true,
  /** `model.json` is not what a pull writes. */
  manifest_invalid: false,
  /** A program that a conversion needs is missing, or says no. */
  conversion_failed: false,
} as const;

export type ModelErrorCode = keyof typeof RETRYABLE;

/** A model cannot be had. The message is one line (or a list below it) that says what to do; it is printed without a stack. */
export class ModelError extends Error {
  override readonly name = 'ModelError';

  constructor(
    readonly code: ModelErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get retryable(): boolean {
    return RETRYABLE[this.code];
  }
}
