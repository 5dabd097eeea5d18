import { describe, expect, it } from '@jest/globals';
import { describeChatModel } from '../../../../test/contracts/chat-model.js';
import { ScriptedChatModel } from './scripted-chat-model.js';

describe(ScriptedChatModel.name, () => {
  describeChatModel(async () => new ScriptedChatModel(1));

  it('says length when maxTokens cuts its answer', async () => {
    const sut = new ScriptedChatModel(0);
    const request = { messages: [{ role: 'user' as const, content: 'Hello' }], model: 'x', maxTokens: 2 };
    const chunks = [];
    for await (const chunk of await sut.stream(request, new AbortController().signal)) chunks.push(chunk);

    expect(chunks.filter(({ type }) => type === 'delta')).toHaveLength(2);
    expect(chunks.at(-1)).toEqual({ type: 'finish', reason: 'length' });
  });

  it('never repeats what it was asked', async () => {
    const sut = new ScriptedChatModel(0);
    const request = { messages: [{ role: 'user' as const, content: 'Say xyzzy please' }], model: 'x' };
    let text = '';
    for await (const chunk of await sut.stream(request, new AbortController().signal))
      if (chunk.type === 'delta') text += chunk.text;

    expect(text).not.toContain('xyzzy');
    expect(text).toContain('demo');
  });
});
