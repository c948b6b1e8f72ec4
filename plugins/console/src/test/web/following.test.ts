import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chosen, failuresAfter, Following, type Candidate } from '@/rooms/chat/following';

const answer = (id: string, state: string, read = false): Candidate => ({ id, createdAt: `2026-01-01T00:00:0${id}Z`, state, read });
const followedOf = (candidates: Candidate[]) => chosen(candidates, 0).map(([, { id }]) => id);

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
  });

  it('are the one that runs although it failed, unless it failed too often', () => {
    const queued = answer('4', 'QUEUED');
    expect(followedOf([{ ...answer('3', 'RUNNING'), failed: 1 }, queued])).toEqual(['3']);
    expect(followedOf([{ ...answer('3', 'RUNNING'), failed: 2 }, queued])).toEqual(['3']);
    expect(followedOf([{ ...answer('3', 'RUNNING'), failed: 3 }, queued])).toEqual(['4']);
    expect(followedOf([{ ...answer('3', 'RUNNING'), failed: 3 }, { ...queued, failed: 4 }])).toEqual(['3']);
  });

  it('are not those of one that will not be had, while there is another one', () => {
    expect(followedOf([answer('1', 'RUNNING', true), { ...answer('2', 'QUEUED'), failed: 5 }])).toEqual(['2']);
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

describe('events that cannot be had', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A page whose every stream fails at once, until the server is there; who stays followed tries again by itself. */
  function page(...answers: Candidate[]) {
    const following = new Following();
    const begun: string[] = [];
    const known = new Map(answers.map((one) => [one.id, one]));
    const running = new Map<string, ReturnType<typeof setTimeout>>();
    let there = false;
    const tell = (id: string, more: Partial<Candidate>) => {
      const next = { id, createdAt: '', state: '', read: false, ...known.get(id), ...more };
      known.set(id, next);
      following.report(next);
    };
    const ask = (id: string, failures: number) => {
      begun.push(id);
      running.set(id, setTimeout(() => {
        running.set(id, setTimeout(() => ask(id, failures + 1), Math.min(500 * 2 ** failures, 15_000)));
        if (there) clearTimeout(running.get(id));
        tell(id, there ? { live: true, failed: 0 } : { live: false, failed: (known.get(id)?.failed ?? 0) + 1 });
      }, 5));
    };
    following.subscribe(() => {
      for (const id of known.keys()) {
        if (following.follows(id) && !running.has(id)) ask(id, 0);
        if (following.follows(id)) continue;
        clearTimeout(running.get(id));
        running.delete(id);
      }
    });
    answers.forEach((one) => tell(one.id, {}));
    return { begun, following, tell, serve: () => (there = true) };
  }

  it('are asked for ever more rarely, whosoever they are', () => {
    const { begun } = page(answer('1', 'WAITING'), answer('2', 'WAITING'));
    vi.advanceTimersByTime(5_000);
    expect(begun.length).toBeGreaterThan(3);
    expect(begun.length).toBeLessThanOrEqual(8);
    vi.advanceTimersByTime(60_000);
    begun.length = 0;
    vi.advanceTimersByTime(60_000);
    expect(begun.length).toBeGreaterThanOrEqual(3);
    expect(begun.length).toBeLessThanOrEqual(12);
    expect(new Set(begun)).toEqual(new Set(['1', '2']));
  });

  it('are waited for anew once some came', () => {
    const { begun, following, serve, tell } = page(answer('1', 'WAITING'), answer('2', 'WAITING'));
    vi.advanceTimersByTime(60_000);
    serve();
    vi.advanceTimersByTime(20_000);
    const one = following.follows('1') ? '1' : '2';
    begun.length = 0;
    tell(one, { state: 'SUCCEEDED', read: true });
    expect(begun).toEqual([one === '1' ? '2' : '1']);
  });

  it('do not keep another stream waiting', () => {
    const { following, tell } = page(answer('1', 'SUCCEEDED'));
    vi.advanceTimersByTime(10);
    tell('2', { state: 'RUNNING' });
    expect(following.follows('2')).toBe(true);
  });

  it('are those of what runs again after a while, however often they failed', () => {
    const following = new Following();
    following.report({ ...answer('1', 'RUNNING'), failed: 3 });
    following.report(answer('2', 'QUEUED'));
    vi.advanceTimersByTime(1_000);
    following.report({ ...answer('2', 'QUEUED'), live: true });
    expect([following.follows('1'), following.follows('2')]).toEqual([false, true]);
    vi.advanceTimersByTime(40_000);
    expect([following.follows('1'), following.follows('2')]).toEqual([true, false]);
  });

  it('are counted until they come', () => {
    expect(failuresAfter(1, { state: 'stale', since: 0 })).toBe(2);
    expect(failuresAfter(2, { state: 'connecting' })).toBe(2);
    expect(failuresAfter(2, { state: 'live' })).toBe(0);
  });
});
