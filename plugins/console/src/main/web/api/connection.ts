import { useSyncExternalStore } from 'react';

/** Whether the server answers, and since when it does not. */
let staleSince: number | undefined;
let last = Date.now();
const listeners = new Set<() => void>();

function tell() {
  listeners.forEach((listener) => listener());
}

export const connection = {
  heard() {
    last = Date.now();
    if (staleSince !== undefined) {
      staleSince = undefined;
      tell();
    }
  },
  lost() {
    if (staleSince === undefined) {
      staleSince = last;
      tell();
    }
  },
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The time of the last answer when the server does not answer; undefined when it does. */
export function useStaleSince(): number | undefined {
  return useSyncExternalStore(subscribe, () => staleSince);
}
