import { expect, test, vi } from 'vitest';
import { cursorsOf, narrowed } from '@/ui/pages';

test('a list begins at its first page', () => {
  for (const written of [null, '', '1-abc', '0-abc', '2-', 'abc', '2-a b', '-2-abc']) expect(cursorsOf(written, ['abc'])).toEqual([]);
});

test('who walked to a page knows those before', () => {
  expect(cursorsOf('4-ccc', ['aaa', 'bbb', 'ccc'])).toEqual(['aaa', 'bbb', 'ccc']);
});

test('who was given an address knows that page alone', () => {
  for (const kept of [undefined, 'ccc', [], ['ccc'], ['aaa', 'bbb', 'other'], [1, 2, 3]]) expect(cursorsOf('4-ccc', kept)).toEqual(['', '', 'ccc']);
});

test('what is narrowed begins at its first page', () => {
  expect(narrowed(new URLSearchParams('state=FAILED&page=3-abc'), 'agent', 'a/b').toString()).toBe('state=FAILED&agent=a%2Fb');
  expect(narrowed(new URLSearchParams('state=FAILED&page=3-abc'), 'state', undefined).toString()).toBe('');
});

test('a publisher that nobody named is a choice, as the store reads it', async () => {
  vi.stubGlobal('location', new URL('http://localhost/console/'));
  vi.stubGlobal('sessionStorage', { getItem: () => null });
  const { chosenOf } = await import('@/rooms/store/facets');
  const search = narrowed(new URLSearchParams('q=x&page=2-abc'), 'publisher', '');
  expect(chosenOf(search)).toEqual({ q: 'x', publisher: '' });
  expect(chosenOf(narrowed(search, 'publisher', undefined))).toEqual({ q: 'x' });
});
