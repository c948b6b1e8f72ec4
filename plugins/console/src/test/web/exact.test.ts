import { describe, expect, it } from 'vitest';
import { Exact, isRecord, numberOf, readJson, same, writeJson } from '@/api/exact';

const NUMBERS = ['9007199254740993', '-9007199254740993', '123456789012345678901234567890', '3.14159265358979323846', '1e400', '-1.5E-400', '0.1000000000000000055511151231257827'];

describe('JSON', () => {
  it('keeps every number as it is written', () => {
    for (const number of NUMBERS) {
      for (const text of [number, `[${number}]`, `{"a":${number},"b":[1,{"c":${number}}],"d":"${number}"}`]) expect(writeJson(readJson(text))).toBe(text);
    }
    expect(writeJson(readJson('{"a":9007199254740993}'), 2)).toBe('{\n  "a": 9007199254740993\n}');
  });

  it('is as JavaScript reads it where that is the same', () => {
    for (const text of ['0', '-0', '1.50', '1e3', '9007199254740992', '1e21', '100000000000000000000', '0.1', '[1.0,2]', '{"a":"1e400 9007199254740993"}', '"\\"9007199254740993"', '"\\\\"', '[]', 'null']) {
      expect(readJson(text)).toEqual(JSON.parse(text));
      expect(writeJson(readJson(text))).toBe(JSON.stringify(JSON.parse(text)));
    }
  });

  it('has its numbers between strings, however those end', () => {
    const text = '["\\\\",9007199254740993,"\\"9007199254740993,",9007199254740995,"\\\\\\"",1]';
    expect(writeJson(readJson(text))).toBe(text);
  });

  it('that is none is refused', () => {
    for (const text of ['09007199254740993', '[9007199254740993', '9007199254740993 1', '{9007199254740993:1}', '.9007199254740993', '+9007199254740993', '"9007199254740993', '9007199254740993e']) {
      expect(() => readJson(text), text).toThrow(SyntaxError);
    }
  });

  it('has members of any name', () => {
    const read = readJson('{"__proto__":{"polluted":9007199254740993}}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(writeJson(read)).toBe('{"__proto__":{"polluted":9007199254740993}}');
  });

  it('that is long is read in time', () => {
    const text = JSON.stringify(Array.from({ length: 50_000 }, (_, at) => ({ id: `exe_4e12${at}`, text: '\\"'.repeat(20) }))).replace(/]$/, ',9007199254740993]');
    expect(writeJson(readJson(text))).toBe(text);
  });
});

describe('a number that is kept as its text', () => {
  it('is a value, and no object with members', () => {
    expect(isRecord(new Exact('1e400'))).toBe(false);
    expect(same(new Exact('9007199254740993'), new Exact('9007199254740993.0'))).toBe(true);
    expect(same(new Exact('9007199254740993'), new Exact('9007199254740995'))).toBe(false);
    expect(same(new Exact('9007199254740993'), 9007199254740992)).toBe(false);
  });

  it('is what somebody typed', () => {
    expect(String(numberOf(' 9007199254740993 '))).toBe('9007199254740993');
    expect(numberOf('12.5')).toBe(12.5);
    expect(numberOf('+3')).toBe(3);
    for (const none of ['', ' ', 'x', '1e400x']) expect(numberOf(none)).toBeUndefined();
  });
});
