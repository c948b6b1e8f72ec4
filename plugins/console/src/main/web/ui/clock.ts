import { useSyncExternalStore } from 'react';

/** One clock for whatever says how long ago something was, or how long there is left. */
const EVERY_MILLIS = 5_000;
const listeners = new Set<() => void>();
let ticks = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    ticks++;
    listeners.forEach((one) => one());
  }, EVERY_MILLIS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Has a component say anew every few seconds what it says of the time, although nothing else of it changes. */
export function useClock() {
  useSyncExternalStore(subscribe, () => ticks, () => ticks);
}
