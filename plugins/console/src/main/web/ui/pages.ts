import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

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
  refresh: () => void;
}

/**
 * @param key what the list depends on, its filters included; another key begins at the first page
 * @param load asks for the page at a cursor, `undefined` for the first
 * @param every how often to ask again, in milliseconds; the first page only, since others do not change
 */
export function usePages<T>(key: readonly unknown[], load: (cursor: string | undefined) => Promise<PageOf<T>>, every?: number): Pages<T> {
  const name = JSON.stringify(key);
  const [at, setAt] = useState<{ name: string; cursors: string[] }>({ name, cursors: [] });
  const cursors = at.name === name ? at.cursors : [];
  const cursor = cursors.at(-1);
  const query = useQuery({
    queryKey: [...key, { cursor }],
    queryFn: () => load(cursor),
    placeholderData: keepPreviousData,
    ...(every !== undefined && cursor === undefined ? { refetchInterval: every } : {}),
  });
  const next = query.data?.next;
  return {
    items: query.data?.items,
    page: cursors.length + 1,
    loading: query.isPending,
    error: query.data ? null : query.error,
    updatedAt: query.dataUpdatedAt,
    failing: query.data !== undefined && query.error !== null,
    forward: next ? () => setAt({ name, cursors: [...cursors, next] }) : undefined,
    backward: cursors.length > 0 ? () => setAt({ name, cursors: cursors.slice(0, -1) }) : undefined,
    refresh: () => void query.refetch(),
  };
}
