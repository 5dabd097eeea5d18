import type { FfmpegCommand } from 'fluent-ffmpeg';

/**
 * fluent-ffmpeg would start three more processes to look our formats and codecs up, which are part of every build; it cannot
 * read the list of formats since ffmpeg 7 added a column, and throws where nobody can catch it when a process fails.
 */
export function askNothing(command: FfmpegCommand): void {
  Object.assign(command, {
    _checkCapabilities: (done: () => void) => done(),
    availableEncoders: (done: (error: null, encoders: object) => void) => done(null, {}),
  });
}
