import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';
import { isOver } from '@/rooms/executions/history';

/** An answer of the page, as far as it matters for whose events are asked for. */
export interface Candidate {
  id: string;
  createdAt: string;
  state: string;
  /** All its events have come, or will not be had. */
  read: boolean;
  /** How often its events could not be had. */
  failed?: number;
}

/** Of what runs, somebody wants to see each word; of what waits, what led to it; what is queued has nothing to say. */
const RANKS = ['QUEUED', 'WAITING', 'RUNNING'];

function first(candidates: Candidate[]): Candidate | undefined {
  const [best] = candidates.toSorted((one, other) => (one.failed ?? 0) - (other.failed ?? 0)
    || RANKS.indexOf(other.state) - RANKS.indexOf(one.state) || (one.createdAt < other.createdAt ? 1 : -1));
  return best;
}

/**
 * Whose events are asked for. A browser has six connections to a server for all its pages, and a stream holds one for as
 * long as it goes on: a conversation has one for the answer that goes on, and one by which those that are over are read,
 * one after the other. Whoever's events cannot be had gives way to the others, and comes again behind them.
 */
export function followedOf(candidates: Candidate[]): string[] {
  const open = candidates.filter(({ state }) => !isOver(state));
  const unread = candidates.filter(({ state, read }) => isOver(state) && !read);
  return [first(open), first(unread)].flatMap((one) => (one ? [one.id] : []));
}

/** The answers of one page. */
export class Following {
  private readonly candidates = new Map<string, Candidate>();
  private readonly listeners = new Set<() => void>();
  private followed: string[] = [];

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  follows(id: string): boolean {
    return this.followed.includes(id);
  }

  report(candidate: Candidate) {
    this.candidates.set(candidate.id, candidate);
    this.decide();
  }

  leave(id: string) {
    this.candidates.delete(id);
    this.decide();
  }

  private decide() {
    this.followed = followedOf([...this.candidates.values()]);
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
export function useReport({ id, createdAt, state, read, failed = 0 }: Candidate) {
  const following = useContext(FollowingContext);
  useEffect(() => following.report({ id, createdAt, state, read, failed }), [following, id, createdAt, state, read, failed]);
  useEffect(() => () => following.leave(id), [following, id]);
}
