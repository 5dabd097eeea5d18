import type { Server } from 'node:http';
import { Body, Controller, HttpCode, Module, RequestMethod, Sse, type MessageEvent } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import OpenAI from 'openai';
import { Observable } from 'rxjs';

/** What most write first: the SDK's iterator as an Observable under `@Sse`, aborted when the client leaves. */
export async function naive(upstreamUrl: string): Promise<Server> {
  const client = new OpenAI({ apiKey: 'none', baseURL: `${upstreamUrl}/v1` });

  @Controller()
  class NaiveController {
    @Sse('chat', { method: RequestMethod.POST })
    @HttpCode(200)
    chat(@Body() body: { text: string }): Observable<MessageEvent> {
      return new Observable((subscriber) => {
        const gone = new AbortController();
        void (async () => {
          try {
            const stream = await client.chat.completions.create(
              { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: body.text }] },
              { signal: gone.signal },
            );
            for await (const chunk of stream)
              subscriber.next({ type: 'delta', data: { text: chunk.choices[0]?.delta.content ?? '' } });
            subscriber.complete();
          } catch (error) {
            subscriber.error(error);
          }
        })();
        return () => gone.abort();
      });
    }
  }

  @Module({ controllers: [NaiveController] })
  class NaiveModule {}

  const app = await NestFactory.create(NaiveModule, { logger: false });
  await app.init();
  return app.getHttpServer() as Server;
}
