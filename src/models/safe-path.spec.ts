import { describe, expect, it } from '@jest/globals';
import { isSafePath } from './safe-path.js';

describe(isSafePath.name, () => {
  it.each([
    'tokens.txt',
    'small-encoder.int8.onnx',
    'MODEL_CARD',
    'espeak-ng-data/voices/!v/Mr serious',
    'espeak-ng-data/lang/gmw/en-GB-x-gbclan',
    'dict/pos_dict/char_state_tab.utf8',
  ])('takes %j', (path) => expect(isSafePath(path)).toBe(true));

  it.each([
    ['leads out of the folder', '../x'],
    ['leads out of a folder in it', 'a/../../x'],
    ['is absolute', '/etc/passwd'],
    ['has a drive', 'C:/x'],
    ['has another separator', 'a\\x'],
    ['has an empty part', 'a//x'],
    ['is empty', ''],
    ['is hidden', '.ssh/x'],
    ['ends in a dot, which some systems drop', 'a./x'],
    ['holds a control character', 'a\u0000b'],
    ['is our manifest', 'model.json'],
    ['is our manifest where letters have no case', 'Model.JSON'],
    ['is our lock', 'pull.lock'],
    ['is a file that still comes', 'x.onnx.part'],
    ['is deep', 'a/b/c/d/e/f/g/h/i'],
    ['is long', 'x'.repeat(201)],
  ])('refuses what %s', (_what, path) => expect(isSafePath(path)).toBe(false));
});
