import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A Chromium of the system, or undefined. No browser is ever downloaded. */
export const CHROMIUM_PATH = CANDIDATES.find((path) => existsSync(path));

if (CHROMIUM_PATH === undefined) console.warn('skipped: browser tests, because no Chromium is installed');

/**
 * A headless browser whose microphone plays a WAV file in a loop.
 * @param microphoneWav absolute path
 */
export async function launchChromium(microphoneWav: string): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM_PATH!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphoneWav}`,
    ],
  });
}
