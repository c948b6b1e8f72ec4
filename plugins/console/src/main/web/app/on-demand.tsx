import { lazy, useState, type ComponentType, type FunctionComponent } from 'react';
import { unreachable } from '@/api/problem';

/** A part of the console that is loaded when it is first shown, or before. */
export type OnDemand<P> = FunctionComponent<P> & { load: () => Promise<unknown> };

/**
 * Loads a part late. One that is there already is shown at once: React would first show what stands in for it, and that
 * for a third of a second at least.
 */
export function onDemand<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): OnDemand<P> {
  let loaded: ComponentType<P> | undefined;
  const begin = async () => {
    try {
      const module = await load();
      loaded = module.default;
      return module;
    } catch (failure) {
      // React keeps what came of a part, so that another try needs another one.
      late = lazy(begin);
      console.warn(failure);
      throw unreachable();
    }
  };
  let late = lazy(begin);
  function Part(props: P) {
    const [Shown] = useState<ComponentType<P>>(() => loaded ?? late);
    return <Shown {...props} />;
  }
  return Object.assign(Part, { load: begin });
}

/** Loads parts one after the other, whenever the page has nothing else to do. What cannot be had is asked for again when it is shown. */
export function loadWhenIdle(parts: OnDemand<object>[]): () => void {
  let stopped = false;
  const next = ([part, ...rest]: OnDemand<object>[]) => {
    if (!part || stopped) return;
    requestIdleCallback(() => void part.load().catch(() => undefined).then(() => next(rest)), { timeout: 2_000 });
  };
  next(parts);
  return () => {
    stopped = true;
  };
}
