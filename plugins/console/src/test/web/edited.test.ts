import { expect, it } from 'vitest';
import { editedSince } from '@/rooms/approvals/edited';

it('what somebody edits is theirs, although the approval has become another one meanwhile', () => {
  expect(editedSince('{"text": "pay 10"}', { text: 'pay 100' }, { text: 'pay 90' })).toBe('{"text": "pay 10"}');
  expect(editedSince(undefined, { text: 'pay 100' }, { text: 'pay 90' })).toBeUndefined();
});

it('who has only begun to edit goes on with what is asked for now', () => {
  expect(editedSince('{\n  "text": "pay 100"\n}', { text: 'pay 100' }, { text: 'pay 90' })).toBe('{\n  "text": "pay 90"\n}');
});
