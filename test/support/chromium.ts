import { chromium, type Browser } from 'playwright-core';
import { MACHINE_PATH, program } from './programs.js';

/**
 * A headless browser of the machine; none is ever downloaded. For tests that are described with `describeWith('chromium')`.
 * Its microphone plays a WAV file in a loop.
 * @param microphoneWav absolute path
 */
export async function launchChromium(microphoneWav: string): Promise<Browser> {
  return chromium.launch({
    executablePath: program('chromium')!,
    // Distributions start it by a script.
    env: { ...process.env, PATH: MACHINE_PATH },
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
