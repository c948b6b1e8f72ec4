import { describe, expect, it } from 'vitest';
import { because, headerText } from '@/api/reason';

describe('a reason in a header', () => {
  const reasons = ['quarterly review', 'Проверка за квартал', 'left us – for good', 'two\nlines', '100% sure, 50%20 off', '\ud800 lone'];

  it('can be sent whatever it says', () => {
    for (const reason of reasons) expect(() => new Headers(because(reason))).not.toThrow();
  });

  it('is what was typed when it is decoded', () => {
    for (const reason of reasons.slice(0, -1)) expect(decodeURIComponent(headerText(reason))).toBe(reason);
  });

  it('is left alone when it is plain', () => {
    expect(headerText('quarterly review, "all" of it?')).toBe('quarterly review, "all" of it?');
  });

  it('is not sent when there is none', () => {
    expect(because('')).toEqual({});
  });
});
