import { fromProject } from '../../src/config/project-paths.js';

/** The quick and exact models of the tests, one per language, as `WHISPER_MODEL` names them. */
export const SIXTY_WORDS = fromProject('test/fixtures/models/sixty-words');
