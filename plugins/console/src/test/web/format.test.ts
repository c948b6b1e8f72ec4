import { describe, expect, it } from 'vitest';
import { dateAndTime, localTime, ticksOf, zone } from '@/ui/format';

describe('a time in the browser’s field', () => {
  it('is the same second when it is read back', () => {
    for (const time of ['2026-11-29T03:16:35.000Z', '2026-07-01T23:59:59.000Z']) expect(new Date(localTime(time)).toISOString()).toBe(time);
  });

  it('is empty when there is none', () => {
    expect(localTime(undefined)).toBe('');
    expect(localTime('yesterday')).toBe('');
  });
});

describe('the axis of a span', () => {
  it('names no two places by the same words', () => {
    expect(ticksOf(1_000)).toEqual([0, 0.25, 0.5, 0.75]);
    expect(ticksOf(1)).toEqual([0]);
  });
});

describe('a moment', () => {
  it('names its zone, which may be another one in summer', () => {
    for (const time of ['2026-11-29T03:16:35.000Z', '2026-07-01T23:59:59.000Z']) {
      expect(zone(time)).not.toBe('');
      expect(dateAndTime(time).endsWith(` ${zone(time)}`)).toBe(true);
    }
    expect(zone('no time')).toBe(zone());
  });
});
