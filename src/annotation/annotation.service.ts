import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from '../auth/auth.config.js';
import type { Caller } from '../auth/caller.js';
import { TooLargeError } from '../common/errors/caller-errors.js';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { withComments, wordsToExplain, type AnnotationJob } from './annotation-job.js';
import { annotationConfig } from './annotation.config.js';
import { AnnotationMetrics } from './annotation-metrics.js';
import { Explainer } from './explainer.js';

export interface AnnotationResult {
  job: AnnotationJob;
  /** Why some words have no comment; absent when all have. */
  failure?: unknown;
}

/** Fills in the comments of one job, several words at a time. */
@Injectable()
export class AnnotationService {
  private readonly concurrency: TenantConcurrencyLimit;

  constructor(
    private readonly explainer: Explainer,
    @Inject(annotationConfig.KEY) private readonly config: ConfigType<typeof annotationConfig>,
    @Inject(authConfig.KEY) auth: ConfigType<typeof authConfig>,
    private readonly metrics: AnnotationMetrics,
  ) {
    this.concurrency = new TenantConcurrencyLimit(config.maxConcurrent, 'annotation', auth.tenantSharing);
    metrics.watch(this.concurrency);
  }

  /** @throws TooLargeError when the job has too many words to explain */
  check(job: AnnotationJob): void {
    const { maxWords } = this.config;
    if (wordsToExplain(job).length > maxWords)
      throw new TooLargeError(`Too many words to explain: at most ${maxWords}.`, {
        param: 'unProcessedText',
        limit: maxWords,
      });
  }

  /**
   * @throws OverloadedError
   * @throws whatever the model threw when not one word could be explained
   */
  async annotate(caller: Caller, job: AnnotationJob, signal: AbortSignal): Promise<AnnotationResult> {
    const end = this.metrics.begin();
    try {
      const result = await this.explainJob(caller, job, signal);
      end(result.failure === undefined ? 'done' : 'partial');
      return result;
    } catch (error) {
      end(signal.aborted ? 'stopped' : 'failed');
      throw error;
    }
  }

  private async explainJob(
    caller: Caller,
    job: AnnotationJob,
    signal: AbortSignal,
  ): Promise<AnnotationResult> {
    const release = this.concurrency.acquire(caller.tenantId);
    try {
      const words = wordsToExplain(job);
      const { comments, failure } = await this.explainAll(caller, words, job.sumText ?? '', signal);
      if (failure !== undefined && comments.size === 0) throw failure;
      return { job: withComments(job, comments), ...(failure !== undefined && { failure }) };
    } finally {
      release();
    }
  }

  private async explainAll(
    caller: Caller,
    words: readonly string[],
    lecture: string,
    signal: AbortSignal,
  ): Promise<{ comments: Map<string, string>; failure: unknown }> {
    const comments = new Map<string, string>();
    const left = [...words];
    let failure: unknown;
    const work = async (): Promise<void> => {
      for (let word = left.shift(); word !== undefined; word = left.shift()) {
        try {
          signal.throwIfAborted();
          comments.set(word, await this.explainer.explain(caller, word, lecture, signal));
        } catch (error) {
          failure ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: this.config.parallel }, work));
    signal.throwIfAborted();
    return { comments, failure };
  }
}
