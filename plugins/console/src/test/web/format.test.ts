import { describe, expect, it } from 'vitest';
import { localTime } from '@/ui/format';

describe('a time in the browser’s field', () => {
  it('is the same second when it is read back', () => {
    for (const time of ['2026-11-29T03:16:35.000Z', '2026-07-01T23:59:59.000Z']) expect(new Date(localTime(time)).toISOString()).toBe(time);
  });

  it('is empty when there is none', () => {
    expect(localTime(undefined)).toBe('');
    expect(localTime('yesterday')).toBe('');
  });
});
