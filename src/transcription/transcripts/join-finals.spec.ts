import { describe, expect, it } from '@jest/globals';
import { joinFinals } from './join-finals.js';

describe(joinFinals.name, () => {
  it.each([
    [['Good morning.', 'How are you?'], 'Good morning. How are you?'],
    [['今天是星期一。', '我们开始吧'], '今天是星期一。我们开始吧'],
    [['今日は月曜日です', 'カメラを見てください。', 'はい'], '今日は月曜日ですカメラを見てください。はい'],
    [['𠮷野家', '𠮷田'], '𠮷野家𠮷田'],
    [['今天', 'hello', '明天'], '今天 hello 明天'],
    [['오늘은 월요일입니다.', '창문을 열어 주세요.'], '오늘은 월요일입니다. 창문을 열어 주세요.'],
    [['วันนี้วันจันทร์', 'สวัสดีครับ'], 'วันนี้วันจันทร์ สวัสดีครับ'],
    [['', 'one', '', 'two', ''], 'one two'],
    [[], ''],
  ])('joins %j as its script does', (texts, joined) => {
    expect(joinFinals(texts)).toBe(joined);
  });
});
