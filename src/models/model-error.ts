/** A model cannot be had. The message says what to do; it is printed without a stack. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
