import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startProduct, type RunningProcess } from '../../scripts/start-product.js';
import { fromProject } from '../../src/config/project-paths.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/programs.js';
import { humanWords } from '../support/wav.js';
import { wordErrors, wordsOf } from '../support/word-error-rate.js';

/** The purpose of the whole: somebody who has set nothing opens the page, speaks, and reads what was said. Human speech, the real model. */
describeWith('chromium')('the first minute of a newcomer', () => {
  let running: RunningProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    running = await startProduct({ WHISPER_MODEL: undefined, WHISPER_LANES: '1' });
    browser = await launchChromium(`${fromProject('samples/jfk.wav')}%noloop`);
    page = await browser.newPage();
    await page.goto(running.url);
    await page.locator('#language option[value=ko]').waitFor({ state: 'attached' });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await running?.stop();
  });

  /** All that the page shows, without the times. */
  async function captions(): Promise<string> {
    const lines = await page.locator('#captions li').allInnerTexts();
    return lines.map((line) => line.replace(/^[\d.]+ s\s*/, '')).join(' ');
  }

  it('offers to detect the language, or one of 99', async () => {
    expect(await page.inputValue('#language')).toBe('auto');
    expect(await page.locator('#language option').count()).toBe(1 + 99);
    expect(await page.locator('#translate').isVisible()).toBe(true);
  });

  it('reads what was said into the microphone, and in which language', async () => {
    await page.click('#use-microphone');
    await page.getByText('do for your country').last().waitFor({ timeout: 40_000 });
    await page.click('#stop-captions');
    await page.getByText('Done', { exact: true }).waitFor({ timeout: 20_000 });

    const heard = await captions();
    const errors = wordErrors(wordsOf(humanWords()['jfk.wav']!), wordsOf(heard));

    // The browser's own gain is in between, and on a busy machine gaps as well.
    expect(`${errors} words of 22 are wrong: ${heard}`).toMatch(/^[0-2] words/);
    // One for each of his sentences, though he pauses for a second inside the first.
    expect(await page.locator('#captions li:not(.interim)').count()).toBeLessThanOrEqual(2);
    expect(await page.locator('#captions-language').innerText()).toBe('Detected: English');
  }, 120_000);

  it('reads a clip in another language, without a microphone and without being told which', async () => {
    await page.selectOption('#sample', 'dictee.fr.wav');
    await page.click('#play-sample');
    await page.getByText('Done', { exact: true }).waitFor({ timeout: 40_000 });

    expect(await captions()).toMatch(/dictée/i);
    expect(await page.locator('#captions-language').innerText()).toBe('Detected: French');
  });

  it('reads it in English when it is asked to translate', async () => {
    await page.check('#translate');
    await page.click('#play-sample');
    await page.getByText('Done', { exact: true }).waitFor({ timeout: 40_000 });

    expect(await captions()).toMatch(/\b(number|dictation|one|first)\b/i);
    expect(await page.locator('#captions li').first().getAttribute('lang')).toBe('en');
  });
});
