import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';

/** A page of another site than Parley's that holds a snippet, in a browser. */
export class SnippetPage {
  /** What the page wrote to its console, line by line. */
  readonly lines: string[] = [];
  /** Exceptions, and errors that the page or the browser reported. */
  readonly faults: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly server: Server,
  ) {
    page.on('pageerror', ({ message }) => this.faults.push(message));
    page.on('console', (entry) => (entry.type() === 'error' ? this.faults : this.lines).push(entry.text()));
  }

  /** @param backend what the page's own server answers, by path; everything else is the page */
  static async open(
    browser: Browser,
    body: string,
    backend: Readonly<Record<string, string>> = {},
  ): Promise<SnippetPage> {
    const html = `<!doctype html><title>snippet</title><link rel="icon" href="data:,"><body>${body}</body>`;
    const server = createServer(({ url = '' }, response) =>
      response
        .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
        .end(Object.hasOwn(backend, url) ? backend[url] : html),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sut = new SnippetPage(await browser.newPage(), server);
    await sut.page.goto(`http://localhost:${(server.address() as AddressInfo).port}`);
    return sut;
  }

  async close(): Promise<void> {
    await this.page.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
