import type { QueryKey } from '@tanstack/react-query';

/** What the pages ask for under other words than the API's collection, or beside it. */
const SHOWN_BY: Record<string, string[]> = {
  plugins: ['plugins', 'plugin-permissions', 'plugin-configuration', 'packs', 'tenant-plugins'],
  tenants: ['tenants', 'packs', 'tenant-plugins', 'exports', 'person-erasures', 'subscription'],
  erasures: ['person-erasures', 'exports'],
  operations: ['operations', 'exports', 'person-erasures'],
  plans: ['plans', 'subscription'],
  plan: ['subscription'],
  users: ['users', 'identity'],
  groups: ['groups', 'identity'],
  roles: ['roles', 'identity'],
};

/** By which collection whoever is told of it need not ask for these. */
const TOLD_BY: Record<string, string> = {
  packs: 'tenants',
  'tenant-plugins': 'tenants',
  exports: 'operations',
  'person-erasures': 'operations',
  subscription: 'plan',
};

/** Whether what was asked for under that key may be otherwise after a change of the collection. */
export function shows(collection: string, key: QueryKey): boolean {
  const [word, second] = key;
  if (typeof word !== 'string' || !(SHOWN_BY[collection] ?? [collection]).includes(word)) return false;
  // An execution that is shown has a stream of its own, and is read in many parts.
  return !(word === 'executions' && typeof second === 'string' && second.startsWith('exe_'));
}

/** Whether a list has to be asked for again and again, because nobody tells of its collection. */
export function asksAgain(key: QueryKey, told: ReadonlySet<string>): boolean {
  const word = String(key[0]);
  return !told.has(TOLD_BY[word] ?? word);
}

/** The names in an event of the stream. */
export function namesOf(data: string): string[] {
  const names = (JSON.parse(data) as { collections?: unknown } | null)?.collections;
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}
