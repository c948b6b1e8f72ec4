import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';
import type { Liveness } from '@/api/live';
import { isOver } from '@/rooms/executions/history';

/** An answer of the page, as far as it matters for whose events are asked for. */
export interface Candidate {
  id: string;
  createdAt: string;
  state: string;
  /** All its events have come, or will not be had. */
  read: boolean;
  /** Its events come now. */
  live?: boolean;
  /** How often its events could not be had since they last came. */
  failed?: number;
  /** When they last could not be had. */
  failedAt?: number;
}

/** Of what runs, somebody wants to see each word; of what waits, what led to it; what is queued has nothing to say. */
const RANKS = ['QUEUED', 'WAITING', 'RUNNING'];

/** An answer that failed as often as this is not what everybody waits for: the others go first for a while. */
const TOO_OFTEN = 3;
const BEHIND_MILLIS = 30_000;

const LEAST_WAIT_MILLIS = 500;
const MOST_WAIT_MILLIS = 15_000;

/** Until when others go first. */
function behindUntil({ failed = 0, failedAt = Infinity }: Candidate): number {
  return failed < TOO_OFTEN ? 0 : failedAt + BEHIND_MILLIS;
}

function first(candidates: Candidate[], now: number): Candidate | undefined {
  const behind = (one: Candidate) => (one.read ? Number.MAX_SAFE_INTEGER : behindUntil(one) > now ? one.failed ?? 0 : 0);
  const [best] = candidates.toSorted((one, other) => behind(one) - behind(other)
    || RANKS.indexOf(other.state) - RANKS.indexOf(one.state)
    || (one.failed ?? 0) - (other.failed ?? 0)
    || (one.createdAt < other.createdAt ? 1 : -1));
  return best;
}

type Stream = 'open' | 'over';

function streamOf({ state }: Candidate): Stream {
  return isOver(state) ? 'over' : 'open';
}

/**
 * Whose events are asked for. A browser has six connections to a server for all its pages, and a stream holds one for as
 * long as it goes on: a conversation has one for the answer that goes on, and one by which those that are over are read,
 * one after the other. Whoever's events cannot be had gives way to its equals, and at last to all, and comes again.
 */
export function chosen(candidates: Candidate[], now: number): [Stream, Candidate][] {
  const open = first(candidates.filter((one) => streamOf(one) === 'open'), now);
  const over = first(candidates.filter((one) => streamOf(one) === 'over' && !one.read), now);
  return [...(open ? [['open', open] satisfies [Stream, Candidate]] : []), ...(over ? [['over', over] satisfies [Stream, Candidate]] : [])];
}

/** The answers of one page. */
export class Following {
  private readonly candidates = new Map<string, Candidate>();
  private readonly listeners = new Set<() => void>();
  private followed: string[] = [];
  /** A stream that changes from one answer to the next begins anew with each: how long it waits is known here alone. */
  private readonly waits: Record<Stream, { failures: number; until: number }> = { open: { failures: 0, until: 0 }, over: { failures: 0, until: 0 } };
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  follows(id: string): boolean {
    return this.followed.includes(id);
  }

  report(candidate: Candidate) {
    const before = this.candidates.get(candidate.id);
    const now = performance.now();
    const wait = this.waits[streamOf(candidate)];
    const failedNow = (candidate.failed ?? 0) > (before?.failed ?? 0);
    if (failedNow) {
      wait.until = now + Math.min(LEAST_WAIT_MILLIS * 2 ** wait.failures, MOST_WAIT_MILLIS);
      wait.failures++;
    } else if (candidate.live && !before?.live) {
      wait.until = 0;
      wait.failures = 0;
    }
    const failedAt = failedNow ? now : before?.failedAt;
    this.candidates.set(candidate.id, failedAt === undefined ? candidate : { ...candidate, failedAt });
    this.decide();
  }

  leave(id: string) {
    this.candidates.delete(id);
    this.decide();
  }

  private decide() {
    const now = performance.now();
    const candidates = [...this.candidates.values()];
    const wanted = chosen(candidates, now);
    const early = (stream: Stream, { id }: Candidate) => this.waits[stream].until > now && !this.followed.includes(id);
    const times = [
      ...wanted.filter(([stream, one]) => early(stream, one)).map(([stream]) => this.waits[stream].until),
      ...candidates.map(behindUntil).filter((until) => until > now && until !== Infinity),
    ];
    this.followed = wanted.filter(([stream, one]) => !early(stream, one)).map(([, { id }]) => id);
    clearTimeout(this.timer);
    this.timer = times.length > 0 ? setTimeout(() => this.decide(), Math.ceil(Math.min(...times) - now)) : undefined;
    this.listeners.forEach((listener) => listener());
  }
}

export const FollowingContext = createContext(new Following());

/** Whether the events of this answer are asked for now. */
export function useFollowed(id: string): boolean {
  const following = useContext(FollowingContext);
  return useSyncExternalStore(following.subscribe, () => following.follows(id));
}

/** Says how it stands with an answer that is shown. */
export function useReport({ id, createdAt, state, read, live = false, failed = 0 }: Candidate) {
  const following = useContext(FollowingContext);
  useEffect(() => following.report({ id, createdAt, state, read, live, failed }), [following, id, createdAt, state, read, live, failed]);
  useEffect(() => () => following.leave(id), [following, id]);
}

/** How often the events could not be had since they last came: each time it is said anew. */
export function failuresAfter(failed: number, { state }: Liveness): number {
  if (state === 'live') return 0;
  return state === 'stale' ? failed + 1 : failed;
}
