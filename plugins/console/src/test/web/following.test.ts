import { describe, expect, it } from 'vitest';
import { Following, followedOf, type Candidate } from '@/rooms/chat/following';

const answer = (id: string, state: string, read = false): Candidate => ({ id, createdAt: `2026-01-01T00:00:0${id}Z`, state, read });

describe('the answers of a conversation whose events are asked for', () => {
  it('are one of those that go on, however many wait', () => {
    expect(followedOf(['1', '2', '3', '4', '5', '6'].map((id) => answer(id, 'WAITING')))).toEqual(['6']);
    expect(followedOf([])).toEqual([]);
  });

  it('are the one that runs rather than those behind it in the queue', () => {
    expect(followedOf([answer('1', 'WAITING'), answer('2', 'RUNNING'), answer('3', 'QUEUED')])).toEqual(['2']);
  });

  it('are the one that waits rather than those behind it', () => {
    expect(followedOf([answer('1', 'WAITING'), answer('2', 'QUEUED'), answer('3', 'QUEUED')])).toEqual(['1']);
  });

  it('are one of those that are over, until all of it was read', () => {
    const over = [answer('1', 'SUCCEEDED'), answer('2', 'FAILED'), answer('3', 'TIMED_OUT', true)];
    expect(followedOf(over)).toEqual(['2']);
    expect(followedOf([...over, answer('4', 'WAITING')])).toEqual(['4', '2']);
    expect(followedOf(over.map((one) => ({ ...one, read: true })))).toEqual([]);
  });

  it('are those of another one when they cannot be had, and come again behind it', () => {
    const broken = { ...answer('2', 'SUCCEEDED'), failed: 1 };
    const older = answer('1', 'SUCCEEDED');
    expect(followedOf([broken, older])).toEqual(['1']);
    expect(followedOf([broken, { ...older, failed: 2 }])).toEqual(['2']);
    expect(followedOf([broken, { ...older, read: true }])).toEqual(['2']);
    expect(followedOf([{ ...answer('3', 'RUNNING'), failed: 1 }, answer('4', 'WAITING')])).toEqual(['4']);
  });

  it('change with what is told of them', () => {
    const following = new Following();
    let told = 0;
    const stop = following.subscribe(() => told++);
    following.report(answer('1', 'RUNNING'));
    following.report(answer('2', 'WAITING'));
    expect([following.follows('1'), following.follows('2')]).toEqual([true, false]);
    following.report(answer('1', 'SUCCEEDED', true));
    expect([following.follows('1'), following.follows('2')]).toEqual([false, true]);
    following.leave('2');
    expect(following.follows('2')).toBe(false);
    stop();
    following.leave('1');
    expect(told).toBe(4);
  });
});
