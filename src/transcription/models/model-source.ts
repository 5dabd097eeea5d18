/** What is known of the model that captions are made with. */
export interface ModelInUse {
  /** The one that new sessions get. */
  model?: string | undefined;
  loadMs?: number | undefined;
  /** Of the worker and its engine processes. */
  memoryBytes?: number | undefined;
  /** The next better model that the machine of the worker can serve. */
  nextModel?: string | undefined;
  /** The model of sessions that began before the last change. */
  formerModel?: string | undefined;
  /** What becomes of a model that was chosen and is not in use. */
  change?:
    { state: 'loading' | 'waiting' | 'failed'; model: string; reason?: string | undefined } | undefined;
}

/** Whoever makes the captions. */
export interface ModelSource {
  /** Undefined while none is ready. */
  ready(): Promise<ModelInUse | undefined>;
}

export const MODEL_SOURCE = Symbol('MODEL_SOURCE');
