import { hashKey } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { identityOf } from '@/rooms/store/identity';

test('two files of the same name are looked at apart, and one file once', () => {
  const first = { from: 'file', file: new File(['one'], 'a.jar') } as const;
  const second = { from: 'file', file: new File(['two'], 'a.jar') } as const;
  expect(hashKey([identityOf(first)])).not.toBe(hashKey([identityOf(second)]));
  expect(hashKey([identityOf(first)])).toBe(hashKey([identityOf({ ...first })]));
});
