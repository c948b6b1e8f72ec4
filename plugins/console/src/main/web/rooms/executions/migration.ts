import type { Schemas } from '@/api/client';
import { isRecord } from '@/api/exact';
import { parsed } from '@/ui/json-field';
import { isOver } from './history';

type Execution = Schemas['Execution'];
type Graph = Schemas['Graph'];

/** What has ended without its work being done can go on where it stands, in a version in which the graph is mended. */
export function canMigrate({ state }: Pick<Execution, 'state'>): boolean {
  return isOver(state) && state !== 'SUCCEEDED';
}

/** The others of its graph, the newest first. */
export function othersThan(version: number, graphs: Graph[]): Graph[] {
  return graphs.filter((one) => one.version !== version).toSorted((one, other) => other.version - one.version);
}

/** The expressions that are written, by their channels; undefined when they are none. */
export function expressionsOf(written: string): Record<string, string> | undefined {
  const value = parsed(written)?.value;
  if (!isRecord(value)) return undefined;
  const expressions = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return expressions.length === Object.keys(value).length ? Object.fromEntries(expressions) : undefined;
}
