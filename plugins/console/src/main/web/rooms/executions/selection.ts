import { useSearchParams } from 'react-router';
import { isOf, of, type History, type Task } from './history';

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

/** The task that is selected: by its own event, by one that came while it ran, or the last of the selected node. */
export function taskOf(history: History, { node, event }: Pick<Selection, 'node' | 'event'>): Task | undefined {
  if (event !== undefined) {
    const chosen = history.events.find((one) => one.sequence === event);
    const found = history.tasks.findLast((task) => task.sequence <= event && event <= (task.until ?? Infinity)
      && (node === undefined ? task.sequence === event : task.node === node && (chosen?.node !== node || isOf(chosen, task))));
    if (found || node === undefined) return found;
  }
  if (node === undefined) return undefined;
  return history.tasks.findLast((task) => of(task, node));
}

/**
 * The checkpoint that shows what the selected event has come to: of what happened in a node the one behind its step, of
 * all else the one that there was. Undefined when nothing that has a step is selected.
 */
export function stepOf(history: History, selection: Pick<Selection, 'node' | 'event'>): number | undefined {
  const event = history.events.find((found) => found.sequence === selection.event);
  if (event?.step !== undefined) return event.node === undefined ? event.step : event.step + 1;
  const task = taskOf(history, selection);
  return task && task.step + 1;
}

/** The event by which a checkpoint is selected; the first one has none of its own, and there is what began it. */
export function eventOfCheckpoint(history: History, step: number): number | undefined {
  return history.events.findLast((event) => event.type === 'checkpoint' && event.step === step)?.sequence
    ?? history.events.find((event) => event.node === undefined && event.step === step)?.sequence;
}
