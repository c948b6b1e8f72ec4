import { useState } from 'react';
import { text } from '@/strings';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { timeOfDay } from '@/ui/format';
import { Empty } from '@/ui/states';
import type { History } from './history';
import type { Selection } from './selection';

const AT_ONCE = 200;

/** The event log, the newest at the end. */
export function Events({ history, selection }: { history: History; selection: Selection }) {
  const [most, setMost] = useState(AT_ONCE);
  const events = selection.node === undefined ? history.events : history.events.filter((event) => event.node === undefined || event.node === selection.node || event.node.startsWith(`${selection.node ?? ''}/`));
  if (events.length === 0) return <Empty title={text.executions.noEvents} />;
  return (
    <div className="max-h-[26rem] overflow-y-auto p-3">
      {events.length > most && <Button look="quiet" onClick={() => setMost(most + AT_ONCE)}>{text.executions.earlier(events.length - most)}</Button>}
      <ol>
        {events.slice(-most).map((event) => (
          <li key={event.sequence}>
            <button
              type="button"
              aria-pressed={selection.event === event.sequence}
              onClick={() => selection.selectEvent(event.sequence, event.node)}
              className={cx(
                'grid w-full grid-cols-[3rem_5.5rem_11rem_1fr] items-baseline gap-2 rounded-lg px-2 py-1 text-left font-mono text-xs hover:bg-sunken',
                selection.event === event.sequence && 'bg-accent-wash hover:bg-accent-wash',
              )}
            >
              <span className="tabular text-right text-soft">{event.sequence}</span>
              <span className="tabular text-soft">{event.time ? timeOfDay(event.time) : ''}</span>
              <span className={cx('truncate font-medium', /failed|timed_out/.test(event.type) && 'text-bad')}>{event.type}</span>
              <span className="truncate text-soft">{event.node ?? ''}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
