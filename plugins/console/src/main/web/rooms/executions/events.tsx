import { X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { text } from '@/strings';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { SelectField, TextField } from '@/ui/field';
import { number, timeOfDay } from '@/ui/format';
import { Empty } from '@/ui/states';
import { VirtualRows } from '@/ui/virtual-rows';
import { of, summaryOf, type ExecutionEvent, type History } from './history';
import type { Selection } from './selection';

const words = text.executions.eventLog;
const LOOKS: [RegExp, string][] = [
  [/failed|timed_out/, 'text-bad'], [/waiting|cancelled/, 'text-warn'], [/succeeded|finished/, 'text-good'], [/^execution|started/, 'text-info'],
];

/** The event log, the newest at the end; what is not in sight is not in the page. */
export function Events({ history, selection, live }: { history: History; selection: Selection; live: boolean }) {
  const [kind, setKind] = useState('');
  const [wanted, setWanted] = useState('');
  const [onlyNode, setOnlyNode] = useState(false);
  const types = useMemo(() => [...new Set(history.events.map((event) => event.type))].toSorted(), [history.events]);
  const node = onlyNode ? selection.node : undefined;
  const events = useMemo(() => {
    const part = wanted.trim().toLowerCase();
    return history.events.filter((event) => (kind === '' || event.type === kind) && (node === undefined || of(event, node)) && (part === '' || matches(event, part)));
  }, [history.events, kind, node, wanted]);
  const selected = useMemo(() => events.findIndex((event) => event.sequence === selection.event), [events, selection.event]);
  if (history.events.length === 0) return <Empty title={text.executions.noEvents} />;
  const narrowed = events.length < history.events.length;
  return (
    <div className="p-3">
      <div className="flex flex-wrap items-center gap-2 border-b pb-3">
        <div className="w-44"><SelectField hidden label={words.type} value={kind} onChange={(event) => setKind(event.target.value)}><option value="">{words.anyType}</option>{types.map((type) => <option key={type}>{type}</option>)}</SelectField></div>
        <div className="w-52"><TextField hidden label={words.find} placeholder={words.find} type="search" value={wanted} onChange={(event) => setWanted(event.target.value)} /></div>
        {selection.node !== undefined && (
          <label className="flex items-center gap-2"><input type="checkbox" className="size-4 accent-accent" checked={onlyNode} onChange={(event) => setOnlyNode(event.target.checked)} />{words.only} <code className="font-mono text-xs">{selection.node}</code></label>
        )}
        <span role="status" className="tabular ml-auto text-xs text-soft">{narrowed ? words.some(number(events.length), number(history.events.length)) : words.all(number(events.length))}</span>
        {narrowed && <IconButton label={words.clear} className="size-7" onClick={() => { setKind(''); setWanted(''); setOnlyNode(false); }}><X size={15} aria-hidden /></IconButton>}
      </div>
      {events.length === 0 ? <p className="p-4 text-soft">{words.none}</p> : (
        <VirtualRows
          label={text.executions.tabs.events}
          className="mt-1 max-h-[24rem]"
          rowClass="grid grid-cols-[2.75rem_8.5rem_1fr] items-center gap-2 font-mono text-xs sm:grid-cols-[3.5rem_4.5rem_9.5rem_minmax(0,12rem)_1fr]"
          height={28}
          items={events}
          keyOf={(event) => event.sequence}
          selected={selected}
          onSelect={(event) => selection.selectEvent(event.sequence, event.node)}
          follow={live}
        >
          {(event) => <Row event={event} />}
        </VirtualRows>
      )}
    </div>
  );
}

function matches(event: ExecutionEvent, part: string): boolean {
  return `${event.type} ${event.node ?? ''} ${summaryOf(event)}`.toLowerCase().includes(part);
}

function Row({ event }: { event: ExecutionEvent }) {
  return (
    <>
      <span className="tabular text-right text-soft">{event.sequence}</span>
      <span className="tabular hidden text-soft sm:inline">{event.time ? timeOfDay(event.time) : ''}</span>
      <span className={cx('truncate font-medium', LOOKS.find(([type]) => type.test(event.type))?.[1])}>{event.type}</span>
      <span className="truncate">{event.node ?? ''}</span>
      <span className="hidden truncate font-sans text-soft sm:inline">{summaryOf(event)}</span>
    </>
  );
}
