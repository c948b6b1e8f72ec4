import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useLocation, useSearchParams } from 'react-router';
import { useAsking } from '@/api/asking';
import { asProblem } from '@/api/problem';

interface PageOf<T> {
  items: T[];
  next: string | null;
}

/** The pages of a list of the server, one at a time: cursors are walked forwards, and back along those that were seen. */
export interface Pages<T> {
  items: T[] | undefined;
  page: number;
  loading: boolean;
  error: Error | null;
  /** When what is shown was answered, in milliseconds; 0 before that. */
  updatedAt: number;
  /** Later answers are being waited for, or failed to come. */
  failing: boolean;
  forward: (() => void) | undefined;
  backward: (() => void) | undefined;
  /** Backwards is the first page, for nobody knows those between: the address came from somewhere else. */
  skips: boolean;
  refresh: () => void;
}

const PAGE = 'page';
const ASKED_EVERY_MILLIS = 10_000;
const UNKNOWN = '';

/**
 * The cursors of all pages behind the first up to the one that is shown. The address has the last of them with the
 * page's number, the browser's history those before.
 *
 * @param written in the address, as in 3-MTBhM
 * @param kept in the history beside it, by whoever walked here
 */
export function cursorsOf(written: string | null, kept: unknown): string[] {
  const [, number, cursor] = /^([1-9]\d{0,4})-([\w-]+)$/.exec(written ?? '') ?? [];
  const behind = Number(number) - 1;
  if (cursor === undefined || behind < 1) return [];
  const walked = Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  return walked.length === behind && walked.at(-1) === cursor ? walked : [...Array<string>(behind - 1).fill(UNKNOWN), cursor];
}

/**
 * What an address asks for, narrowed in another way: that begins at its first page.
 *
 * @param value undefined to narrow it no more by that name; an empty one is a value, as of a publisher that nobody named
 */
export function narrowed(search: URLSearchParams, name: string, value: string | undefined): URLSearchParams {
  if (value !== undefined) search.set(name, value);
  else search.delete(name);
  search.delete(PAGE);
  return search;
}

function useCursors(place: string): [string[], (cursors: string[]) => void] {
  const [search, setSearch] = useSearchParams();
  const walked = (useLocation().state ?? {}) as Record<string, unknown>;
  const go = (cursors: string[]) => setSearch((now) => {
    const cursor = cursors.at(-1);
    if (cursor) now.set(place, `${cursors.length + 1}-${cursor}`);
    else now.delete(place);
    return now;
  }, { state: { ...walked, [place]: cursors } });
  return [cursorsOf(search.get(place), walked[place]), go];
}

/**
 * @param key what the list depends on, its filters included
 * @param load asks for the page at a cursor, `undefined` for the first
 * @param every how often to ask for the first page again where the server does not tell of changes, in milliseconds
 * @param place the word of the address that says which page is shown; another one for another list of the same room
 */
export function usePages<T>(key: readonly unknown[], load: (cursor: string | undefined) => Promise<PageOf<T>>, every = ASKED_EVERY_MILLIS, place = PAGE): Pages<T> {
  const [cursors, go] = useCursors(place);
  const cursor = cursors.at(-1);
  const asking = useAsking(key, every);
  const query = useQuery({
    queryKey: [...key, { cursor }],
    queryFn: () => load(cursor),
    placeholderData: keepPreviousData,
    refetchInterval: cursor === undefined && asking,
  });
  const next = query.data?.next;
  const gone = query.error !== null && asProblem(query.error).code === 'server:INVALID_CURSOR';
  return {
    items: query.data?.items,
    page: cursors.length + 1,
    loading: query.isPending,
    error: query.data ? null : query.error,
    updatedAt: query.dataUpdatedAt,
    failing: query.data !== undefined && query.error !== null,
    forward: next ? () => go([...cursors, next]) : undefined,
    backward: cursors.length > 0 ? () => go(cursors.at(-2) ? cursors.slice(0, -1) : []) : undefined,
    skips: cursors.at(-2) === UNKNOWN,
    refresh: () => (gone ? go([]) : void query.refetch()),
  };
}
