import type { QueryClient } from '@tanstack/react-query';

/** Whose everything is that was asked for; undefined before anybody was known. */
let owner: string | undefined;

/**
 * Forgets what was asked for whoever used the console before, so that nobody sees a moment of another's or of another
 * tenant's.
 *
 * @param whose who uses it now and for which tenant; empty for nobody
 * @returns whether somebody used it before
 */
export function keepFor(queries: QueryClient, whose: string): boolean {
  const used = Boolean(owner);
  if (owner !== undefined && owner !== whose) queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'identity' });
  owner = whose;
  return used;
}
