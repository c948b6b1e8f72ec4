import { expect, test } from 'vitest';
import { asksAgain, namesOf, shows } from '@/api/collections';

test('a change concerns what is shown of its collection', () => {
  expect(shows('policies', ['policies', 'list'])).toBe(true);
  expect(shows('policies', ['plugins', 'list'])).toBe(false);
  expect(shows('tenants', ['packs', 'tnt_1'])).toBe(true);
  expect(shows('roles', ['identity'])).toBe(true);
  expect(shows('policies', [7])).toBe(false);
});

test('an execution that is shown follows itself', () => {
  expect(shows('executions', ['executions', { state: 'FAILED' }, { cursor: undefined }])).toBe(true);
  expect(shows('executions', ['executions', 'of-session', 's'])).toBe(true);
  expect(shows('executions', ['executions', 'exe_01', 'checkpoints', 3])).toBe(false);
});

test('a list is asked for again only where nobody tells of it', () => {
  const told = new Set(['policies', 'tenants']);
  expect(asksAgain(['policies'], told)).toBe(false);
  expect(asksAgain(['packs', 'tnt_1'], told)).toBe(false);
  expect(asksAgain(['exports'], told)).toBe(true);
  expect(asksAgain(['users'], told)).toBe(true);
  expect(asksAgain(['users'], new Set())).toBe(true);
});

test('an event names collections', () => {
  expect(namesOf('{"collections":["audit","policies"]}')).toEqual(['audit', 'policies']);
  for (const odd of ['null', '{}', '{"collections":1}']) expect(namesOf(odd)).toEqual([]);
});
