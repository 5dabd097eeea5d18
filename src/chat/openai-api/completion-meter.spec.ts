import { describe, expect, it } from '@jest/globals';
import { CompletionMeter } from './completion-meter.js';

const INPUT_TOKENS = 3;

function event(fields: object | string): Buffer {
  return Buffer.from(`data: ${typeof fields === 'string' ? fields : JSON.stringify(fields)}\n\n`);
}

function words(content: string, fields: object = {}): Buffer {
  return event({ choices: [{ delta: { content } }], ...fields });
}

function usage(completion: number): object {
  return { usage: { prompt_tokens: 7, completion_tokens: completion } };
}

describe(CompletionMeter.name, () => {
  function spentOn(pieces: Buffer[], isStream = true): CompletionMeter['spent'] {
    const sut = new CompletionMeter(INPUT_TOKENS, isStream);
    sut.begin();
    for (const piece of pieces) sut.read(piece);
    return sut.spent;
  }

  const estimated = (outputTokens: number) => ({ inputTokens: INPUT_TOKENS, outputTokens });
  const told = (outputTokens: number) => ({ inputTokens: 7, outputTokens });

  it('takes what the provider tells', () => {
    expect(spentOn([words('abcdefgh', { usage: null }), event({ choices: [], ...usage(5) })])).toEqual(
      told(5),
    );
  });

  it('takes it from the middle of several events, however it is spaced', () => {
    const pieces = Buffer.concat([
      words('abcd'),
      event('{"choices": [], "usage" : {"prompt_tokens": 7, "completion_tokens": 5}}'),
      Buffer.from('data: [DONE]\n\n'),
    ]);

    expect(spentOn([pieces])).toEqual(told(5));
  });

  it('takes the last of several', () => {
    expect(spentOn([words('abcd', usage(1)), words('efgh', usage(2))])).toEqual(told(2));
  });

  it('estimates a stream that tells nothing', () => {
    expect(spentOn([words('abcd'), words('efgh', { usage: null })])).toEqual(estimated(2));
  });

  it.each([
    ['that is only said', words('"usage": {"prompt_tokens": 1, "completion_tokens": 1}')],
    ['without figures', words('abcdefgh', { usage: { prompt_tokens: '7' } })],
  ])('does not take usage %s for what was told', (_what, piece) => {
    expect(spentOn([piece])).toMatchObject({ inputTokens: INPUT_TOKENS });
  });

  it('estimates as much of many pieces as of one', () => {
    const pieces = Array.from({ length: 2_000 }, () => words('abcd'));

    expect(spentOn(pieces)).toEqual(estimated(2_000));
    expect(spentOn([Buffer.concat(pieces)])).toEqual(estimated(2_000));
  });

  it('can be asked in the middle, and goes on', () => {
    const sut = new CompletionMeter(INPUT_TOKENS, true);
    sut.begin();
    sut.read(words('abcd'));
    expect(sut.spent).toEqual(estimated(1));
    sut.read(words('efgh'));

    expect(sut.spent).toEqual(estimated(2));
  });

  it('reads a whole answer, with usage and without', () => {
    const answer = { choices: [{ message: { content: 'abcdefgh' } }] };

    expect(spentOn([Buffer.from(JSON.stringify({ ...answer, ...usage(5) }))], false)).toEqual(told(5));
    expect(spentOn([Buffer.from(JSON.stringify(answer))], false)).toEqual(estimated(2));
  });

  it('counts nothing that was not sent, nor what was refused', () => {
    const sut = new CompletionMeter(INPUT_TOKENS, true);
    expect(sut.spent).toBeUndefined();
    sut.begin();
    sut.refused();

    expect(sut.spent).toBeUndefined();
  });
});
