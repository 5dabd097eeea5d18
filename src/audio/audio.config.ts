import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, optionalText } from '../config/env-variables.js';

const variables = {
  FFMPEG_PATH: optionalText('ffmpeg binary; default: ffmpeg on PATH, else the npm-supplied one'),
  FFMPEG_MAX_PROCESSES: count(
    16,
    'ffmpeg processes that encode speech at once; beyond it callers get 503 overloaded',
    { max: 256 },
  ),
  TRANSCRIPTION_MAX_FFMPEG: count(
    64,
    'recordings at once that need an ffmpeg each (MP4, AAC, MP3, FLAC, rare codecs); beyond it sessions end with overloaded',
    { max: 1_000 },
  ),
  TRANSCRIPTION_MAX_RECORDINGS: count(
    100,
    'recordings a session may begin ahead of its audio, of which each 100 ms allow one more; beyond it the session ends with decode_failed',
  ),
} as const;

export const audioConfig = configSlice('audio', 'Audio', variables, (env: EnvOf<typeof variables>) => ({
  ffmpegPath: env.FFMPEG_PATH,
  ffmpegMaxProcesses: env.FFMPEG_MAX_PROCESSES,
  maxFfmpegRecordings: env.TRANSCRIPTION_MAX_FFMPEG,
  maxRecordings: env.TRANSCRIPTION_MAX_RECORDINGS,
}));
