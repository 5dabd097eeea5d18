import { describe, expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { budgetsFor } from '../../../test/support/budgets.js';
import { LOCAL_CALLER } from '../../auth/caller.js';
import { configurationOf } from '../../configuration.js';
import { TokenSpend } from '../../ledger/token-spend.js';
import type { ChatChunk, ChatModel } from '../chat-model.js';
import { ModelCaller } from './model-caller.js';
import { MetricsRegistry } from '../../metrics/metrics-registry.js';
import { ProviderMetrics } from '../../metrics/provider-metrics.js';
import { RunMetrics } from './run-metrics.js';
import { Run } from './run.js';

function runMetrics(): RunMetrics {
  const registry = new MetricsRegistry();
  return new RunMetrics(registry, new ProviderMetrics(registry));
}

const PROMPT_CHARS = 500_000;
const MEGABYTE = 1_048_576;

/** Answers one word, and tells what it took or not. */
function modelThatTells(usage: ChatChunk[]): ChatModel {
  return {
    name: 'one-word',
    async stream() {
      return (async function* (): AsyncGenerator<ChatChunk> {
        yield { type: 'delta', text: 'Hi' };
        yield* usage;
        yield { type: 'finish', reason: 'stop' };
      })();
    },
  };
}

function heapMegabytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / MEGABYTE;
}

describe(ModelCaller.name, () => {
  const { chat: config } = configurationOf({ NODE_ENV: 'test', FEATURES: 'chat' });
  const tokens = new TokenSpend(budgetsFor());
  const usage = { inputTokens: 3, outputTokens: 1, totalTokens: 4 };

  async function answered(sut: ModelCaller, prompt: string): Promise<Run> {
    const run = new Run(
      {
        id: 'run_1',
        tenantId: 'a',
        caller: LOCAL_CALLER,
        model: 'm',
        fingerprint: 'f',
        onDisconnect: 'continue',
        graceMs: 0,
      },
      { logBytes: 1_000, outputChars: 1_000, maxMs: 60_000 },
      (context) => sut.answer({ model: 'm', messages: [{ role: 'user', content: prompt }] }, context),
    );
    await run.settled;
    return run;
  }

  it.each<[string, ChatChunk[]]>([
    ['says what a call took', [{ type: 'usage', usage }]],
    ['does not say what a call took', []],
  ])('leaves no prompt in a run that is kept, when the provider %s', async (_when, told) => {
    const sut = new ModelCaller(modelThatTells(told), config, tokens, runMetrics());
    const before = heapMegabytes();
    const kept: Run[] = [];
    for (let count = 0; count < 40; count += 1)
      kept.push(await answered(sut, Buffer.alloc(PROMPT_CHARS, 97 + (count % 26)).toString('latin1')));

    expect(heapMegabytes() - before).toBeLessThan((kept.length * PROMPT_CHARS) / MEGABYTE / 2);
  });

  it('still knows what the prompt took once it has forgotten it', async () => {
    const run = await answered(
      new ModelCaller(modelThatTells([]), config, tokens, runMetrics()),
      'x'.repeat(400),
    );

    expect(run.log.all('usage')).toEqual([
      { inputTokens: 100, outputTokens: 1, totalTokens: 101, estimated: true },
    ]);
  });
});
