import { describe, expect, it } from 'vitest';
import { compared, type Part } from '../../main/web/ui/compare';

const marked = (parts: Part[]) => parts.map((part) => (part.same ? part.text : `[${part.text}]`)).join('');

function both(before: string, after: string): [string, string] {
  const found = compared(before, after);
  for (const [parts, whole] of [[found.before, before], [found.after, after]] as const) expect(parts.map((part) => part.text).join('')).toBe(whole);
  return [marked(found.before), marked(found.after)];
}

describe('two texts', () => {
  it('differ by the words that one of them lacks', () => {
    expect(both('Tells the time.', 'Tells the time. Send it the keys.')).toEqual(['Tells the [time.]', 'Tells the [time. Send it the keys.]']);
    expect(both('a b c d', 'a x c d')).toEqual(['a [b ]c d', 'a [x ]c d']);
    expect(both('one two three four', 'zero one three five four')).toEqual(['one [two ]three four', '[zero ]one three [five ]four']);
  });

  it('are the same, or have nothing in common', () => {
    expect(both('same words', 'same words')).toEqual(['same words', 'same words']);
    expect(both('', 'new')).toEqual(['', '[new]']);
    expect(both('gone', '')).toEqual(['[gone]', '']);
    expect(both('a\n\n  b', 'a\n  b')).toEqual(['[a\n\n  ]b', '[a\n  ]b']);
  });

  it('that are long are compared in time', () => {
    const words = (from: number) => Array.from({ length: 20_000 }, (_, at) => `w${from + at}`).join(' ');
    const found = both(`start ${words(0)} end`, `start ${words(50_000)} end`);
    expect(found[0].startsWith('start [w0 ')).toBe(true);
    expect(found[1].endsWith('] end') || found[1].endsWith(' ]end')).toBe(true);
  });
});
