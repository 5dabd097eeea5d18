import { describe, expect, it } from '@jest/globals';
import { membersOf, membersOfObject, toJsonText } from './json-members.js';

describe(membersOf.name, () => {
  it.each([
    ['{}', {}],
    [' {\n} ', {}],
    ['{"a":1}', { a: '1' }],
    ['{ "a" : [1, {"b": "}"}] , "c":null }', { a: '[1, {"b": "}"}]', c: 'null' }],
    ['{"n":12345678901234567890,"f":1e400,"z":-0}', { n: '12345678901234567890', f: '1e400', z: '-0' }],
    [
      String.raw`{"q\"uote":"a\\","\u0061":"{[,:\"]}"}`,
      { 'q"uote': String.raw`"a\\"`, a: String.raw`"{[,:\"]}"` },
    ],
    ['{"a":1,"b":2,"a":3}', { b: '2', a: '3' }],
    ['{"__proto__":{"x":1}}', Object.fromEntries([['__proto__', '{"x":1}']])],
  ])('takes %s apart', (text, expected) => {
    JSON.parse(text);

    expect(Object.fromEntries(membersOf(text))).toEqual(expected);
  });

  it('gives back what it took apart, digit for digit', () => {
    const text = '{"seed":9007199254740993,"messages":[{"role":"user","content":"\\ud55c"}],"__proto__":1}';

    expect(toJsonText(membersOf(text))).toBe(text);
  });

  it('reads a text without end to its end', () => {
    expect(Object.fromEntries(membersOf('{"a":"x'))).toEqual({ a: '"x' });
  });
});

describe(membersOfObject.name, () => {
  it('leaves out what is not defined', () => {
    expect(toJsonText(membersOfObject({ a: 1, b: undefined, c: { d: null } }))).toBe(
      '{"a":1,"c":{"d":null}}',
    );
  });
});
