import { useEffect, useState } from 'react';

/** Whether something stands over all that is shown, as the door does when a sign-in has ended. */
let covered = false;
const COVERED = new EventTarget();

export function cover(over: boolean) {
  covered = over;
  COVERED.dispatchEvent(new Event('change'));
}

/**
 * Whether somebody sees the page.
 *
 * @param grace for so long it counts as seen after it was hidden, in milliseconds
 */
export function useInSight(grace = 0): boolean {
  const [inSight, setInSight] = useState(!document.hidden && !covered);
  useEffect(() => {
    let timer = 0;
    const look = () => {
      window.clearTimeout(timer);
      if (covered) setInSight(false);
      else if (!document.hidden) setInSight(true);
      else if (grace === 0) setInSight(false);
      else timer = window.setTimeout(() => setInSight(false), grace);
    };
    look();
    document.addEventListener('visibilitychange', look);
    COVERED.addEventListener('change', look);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
      COVERED.removeEventListener('change', look);
    };
  }, [grace]);
  return inSight;
}
