import { useSearchParams } from 'react-router';

/** What is looked at: one selection for graph, timeline, events and state, kept in the address. */
export interface Selection {
  node: string | undefined;
  event: number | undefined;
  tab: string;
  selectNode: (node: string | undefined) => void;
  selectEvent: (sequence: number, node: string | undefined) => void;
  selectTab: (tab: string) => void;
}

export function useSelection(): Selection {
  const [search, setSearch] = useSearchParams();
  const event = search.get('event');
  const change = (values: Record<string, string | undefined>) =>
    setSearch((now) => {
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined) now.delete(name);
        else now.set(name, value);
      }
      return now;
    }, { replace: true });
  return {
    node: search.get('node') ?? undefined,
    event: event === null ? undefined : Number(event),
    tab: search.get('tab') ?? 'timeline',
    selectNode: (node) => change({ node, event: undefined }),
    selectEvent: (sequence, node) => change({ event: String(sequence), node }),
    selectTab: (tab) => change({ tab }),
  };
}
