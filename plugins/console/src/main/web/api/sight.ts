import { useEffect, useState } from 'react';

/**
 * Whether somebody sees the page.
 *
 * @param grace for so long it counts as seen after it was hidden, in milliseconds
 */
export function useInSight(grace = 0): boolean {
  const [inSight, setInSight] = useState(!document.hidden);
  useEffect(() => {
    let timer = 0;
    const look = () => {
      window.clearTimeout(timer);
      if (!document.hidden) setInSight(true);
      else if (grace === 0) setInSight(false);
      else timer = window.setTimeout(() => setInSight(false), grace);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [grace]);
  return inSight;
}
