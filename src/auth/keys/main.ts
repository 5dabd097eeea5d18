import { ConfigError, readVariables } from '../../config/load-env.js';
import { processConfig } from '../../config/process.config.js';
import { fromProject } from '../../config/project-paths.js';
import { readSlices } from '../../config/read-slices.js';
import { authConfig } from '../auth.config.js';
import { issuerConfig } from '../tokens/issuer.config.js';
import { runKeys } from './run-keys.js';

/** Entry point of `npm run keys`. */
try {
  const { auth } = readSlices([processConfig, authConfig, issuerConfig], readVariables(fromProject('.env')));
  if (auth.keysFile === undefined)
    throw new ConfigError(
      'API_KEYS_FILE says in which file the keys are. Set it in .env, for this command and for the server.',
    );
  process.exitCode = await runKeys(process.argv.slice(2), {
    file: auth.keysFile,
    maxBytes: auth.keysFileMaxBytes,
    line: (text) => console.log(text),
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
