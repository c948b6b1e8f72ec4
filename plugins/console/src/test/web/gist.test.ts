import { describe, expect, it } from 'vitest';
import { readJson } from '../../main/web/api/exact';
import { gistOf } from '../../main/web/rooms/approvals/gist';

describe('what an approval is about, in a line', () => {
  it('tells one call of a tool from the next', () => {
    expect(gistOf({ text: 'pay invoice 3', amount: 300 }, 90)).toBe('text: pay invoice 3 · amount: 300');
    expect(gistOf(readJson('{"amount":9007199254740993}'), 90)).toBe('amount: 9007199254740993');
    expect(gistOf({ to: { name: 'Ada' } }, 90)).toBe('to: {"name":"Ada"}');
    expect(gistOf(undefined, 90)).toBe('');
  });

  it('is one line of what is seen, however long it is', () => {
    expect(gistOf({ text: 'a\nb\u202ec' }, 90)).toBe('text: a b⟨U+202E⟩c');
    expect(gistOf({ text: 'W'.repeat(10_000) }, 90)).toHaveLength(91);
  });
});
