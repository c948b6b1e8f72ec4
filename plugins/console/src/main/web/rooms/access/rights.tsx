import { apiKeys } from '@/strings/access';

/** How many rights there are; opened, it says which. */
export function Rights({ scopes }: { scopes: string[] }) {
  if (scopes.length === 0) return apiKeys.count(0);
  return (
    <details>
      <summary className="cursor-pointer whitespace-nowrap">{apiKeys.count(scopes.length)}</summary>
      <ul className="mt-1 font-mono text-xs text-soft">{scopes.toSorted().map((scope) => <li key={scope}>{scope}</li>)}</ul>
    </details>
  );
}
