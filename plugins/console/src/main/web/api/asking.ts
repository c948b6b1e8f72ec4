import type { QueryKey } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { asksAgain } from './collections';

export const NOTHING: ReadonlySet<string> = new Set();

/** The collections that the server tells of now. */
export const Told = createContext(NOTHING);

/**
 * How often a list has to be asked for: not at all when the server tells of its collection.
 *
 * @param every how often otherwise, in milliseconds
 */
export function useAsking(key: QueryKey, every: number): number | false {
  const told = useContext(Told);
  return asksAgain(key, told) ? every : false;
}
