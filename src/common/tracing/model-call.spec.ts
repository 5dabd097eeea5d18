import { SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderTimeoutError } from '../errors/provider-errors.js';

const exporter = new InMemorySpanExporter();

describe('ModelCallSpan', () => {
  let sut: typeof import('./model-call.js').ModelCallSpan;

  beforeAll(async () => {
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    );
    ({ ModelCallSpan: sut } = await import('./model-call.js'));
  });

  beforeEach(() => exporter.reset());

  const begin = (model = 'gpt-x') => sut.begin({ operation: 'chat', provider: 'openai', model });
  const ended = () => {
    const [span, ...more] = exporter.getFinishedSpans();
    expect(more).toEqual([]);
    return { name: span!.name, status: span!.status.code, attributes: span!.attributes };
  };

  it('is named by what is done and by which model', () => {
    begin().end();

    expect(ended().name).toBe('chat gpt-x');
  });

  it.each(['what a person said', 'key=sk-1', 'x'.repeat(129), ''])(
    'leaves out a model that is none: %s',
    (model) => {
      begin(model).end();

      const { name, attributes } = ended();
      expect({ name, model: attributes['gen_ai.request.model'] }).toEqual({ name: 'chat', model: undefined });
    },
  );

  it('tells the code of a failure and not its message', () => {
    begin().end(new ProviderTimeoutError('after the words of a person'));

    const { status, attributes } = ended();
    expect({ status, type: attributes['error.type'] }).toEqual({
      status: SpanStatusCode.ERROR,
      type: 'provider_timeout',
    });
    expect(JSON.stringify(attributes)).not.toContain('person');
  });

  it('ends once', () => {
    const call = begin();
    call.end();
    call.end(new Error('later'));

    expect(ended().status).toBe(SpanStatusCode.UNSET);
  });

  describe('until the end of a stream', () => {
    async function* numbers(log: string[]): AsyncGenerator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        log.push('closed');
      }
    }

    it('gives all of it', async () => {
      const found: number[] = [];
      for await (const each of begin().until(numbers([]))) found.push(each);

      expect({ found, status: ended().status }).toEqual({ found: [1, 2], status: SpanStatusCode.UNSET });
    });

    it('closes its source when it is left', async () => {
      const log: string[] = [];
      for await (const each of begin().until(numbers(log))) if (each === 1) break;

      expect({ log, type: ended().attributes['error.type'] }).toEqual({ log: ['closed'], type: 'cancelled' });
    });

    it('closes its source when it was begun elsewhere and nobody reads it', async () => {
      const log: string[] = [];
      const source = numbers(log);
      await source.next();
      await begin().until(source)[Symbol.asyncIterator]().return?.();

      expect({ log, type: ended().attributes['error.type'] }).toEqual({ log: ['closed'], type: 'cancelled' });
    });

    it('fails as its source does', async () => {
      const call = begin();
      async function* failing(): AsyncGenerator<number> {
        yield 1;
        throw new ProviderTimeoutError('silent');
      }
      const read = async () => {
        for await (const _ of call.until(failing()));
      };

      await expect(read()).rejects.toThrow('silent');
      expect(ended().attributes['error.type']).toBe('provider_timeout');
    });
  });
});
