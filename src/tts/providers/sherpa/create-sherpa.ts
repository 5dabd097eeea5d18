import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { authConfig } from '../../../auth/auth.config.js';
import { TenantConcurrencyLimit } from '../../../common/limits/concurrency-limit.js';
import type { modelsConfig } from '../../../models/models.config.js';
import type { ttsConfig } from '../../tts.config.js';
import type { voicesConfig } from '../../voices.config.js';
import { launchVoiceHost } from './host/launch-voice-host.js';
import { VoiceHosts } from './host/voice-hosts.js';
import { SherpaSynthesizer } from './sherpa-synthesizer.js';
import { InstalledVoices } from './voices/installed-voices.js';

/** The neural voices in `voices` of `MODELS_DIR`. What is wrong with a folder is logged, and told to those who ask for it. */
export function createSherpa(
  { defaultVoice }: ConfigType<typeof ttsConfig>,
  voices: ConfigType<typeof voicesConfig>,
  { dir }: ConfigType<typeof modelsConfig>,
  { tenantSharing }: ConfigType<typeof authConfig>,
): SherpaSynthesizer {
  const logger = new Logger(SherpaSynthesizer.name);
  const installed = new InstalledVoices(join(dir, 'voices'), {
    onWrong: (voice, reason) => logger.warn({ voice, reason }, 'Voice folder cannot be used'),
  });
  const hosts = new VoiceHosts(
    { ...voices, launch: launchVoiceHost },
    {
      onHung: () => logger.error('Voice host hangs and is killed'),
      onEnded: () => logger.error('Voice host ended'),
    },
  );
  const places = new TenantConcurrencyLimit(voices.maxSpeeches, 'neural voices', tenantSharing);
  const synthesizer = new SherpaSynthesizer(installed, hosts, places, defaultVoice);
  logger.log(
    {
      voices:
        installed
          .all()
          .map(({ name }) => name)
          .join(',') || 'none',
    },
    'Neural voices',
  );
  void synthesizer.warmUp();
  return synthesizer;
}
