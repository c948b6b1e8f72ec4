import { isRecord, same, writeJson } from '@/api/exact';

/** One difference between two values, by JSON Pointer. */
export interface Difference {
  pointer: string;
  kind: 'added' | 'removed' | 'changed';
  before?: unknown;
  after?: unknown;
}

/** Where two values differ; lists are compared item by item. */
export function differences(before: unknown, after: unknown, pointer = ''): Difference[] {
  if (same(before, after)) return [];
  const pairs = isRecord(before) && isRecord(after) ? [before, after]
    : Array.isArray(before) && Array.isArray(after) ? [Object.fromEntries(before.entries()), Object.fromEntries(after.entries())]
    : undefined;
  if (pairs) {
    const [left, right] = pairs as [Record<string, unknown>, Record<string, unknown>];
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((name) => {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!Object.hasOwn(left, name)) return [{ pointer: at, kind: 'added' as const, after: right[name] }];
      if (!Object.hasOwn(right, name)) return [{ pointer: at, kind: 'removed' as const, before: left[name] }];
      return differences(left[name], right[name], at);
    });
  }
  return [{ pointer, kind: 'changed', before, after }];
}

/**
 * What a write brought to a channel: of a list that was only added to the new items, else the whole value.
 */
export function broughtTo(before: unknown, after: unknown): unknown {
  if (!Array.isArray(before) || !Array.isArray(after) || before.length === 0 || after.length <= before.length) return after;
  const kept = before.every((item, index) => writeJson(item) === writeJson(after[index]));
  return kept ? after.slice(before.length) : after;
}
