import { useEffect, useState } from 'react';

const PAUSE_MILLIS = 200;

/** What somebody types, once they pause: what is asked for by it is not asked for at each letter. */
export function useSettled(typed: string): string {
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), PAUSE_MILLIS);
    return () => clearTimeout(timer);
  }, [typed]);
  return settled.trim();
}
