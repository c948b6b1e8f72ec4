import { lazy, useState, type ComponentType, type FunctionComponent } from 'react';
import { Problem } from '@/api/problem';

/**
 * A part could not be had. Browsers and React keep that for as long as the page lives, and after an update of the server
 * there is none of that name any more: only the page loaded anew helps.
 */
export class NotLoaded extends Problem {
  constructor() {
    super({ status: 0, code: 'console:UNREACHABLE' });
  }
}

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
      console.warn(failure);
      throw new NotLoaded();
    }
  };
  const Late = lazy(begin);
  function Part(props: P) {
    const [Shown] = useState<ComponentType<P>>(() => loaded ?? Late);
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
