import { legible } from '@/ui/legible';

/** What people and keys are called, by their ids, as far as the caller may know it. */
export type Names = Record<string, string>;

/** The name that stands beside an id in a list. */
export function namesOf({ principal, principalName }: { principal?: string; principalName?: string }): Names {
  return principal === undefined || principalName === undefined ? {} : { [principal]: principalName };
}

/** Somebody by name, with the id for whoever points at it; by the id alone where there is no name. */
export function Who({ id, names }: { id: string; names: Names }) {
  const name = Object.hasOwn(names, id) ? names[id] : undefined;
  if (!name) return <code className="font-mono text-xs break-all">{legible(id)}</code>;
  return <span title={id} className="break-words">{legible(name)}</span>;
}
