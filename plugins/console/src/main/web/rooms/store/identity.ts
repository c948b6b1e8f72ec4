import type { Source } from './plan';

const files = new WeakMap<File, number>();
let looked = 0;

/** Tells sources apart as a key of a query; a file as such has none, since every one is written as the same JSON. */
export function identityOf(source: Source): unknown {
  if (source.from !== 'file') return source;
  const number = files.get(source.file) ?? ++looked;
  files.set(source.file, number);
  return { ...source, file: number };
}
