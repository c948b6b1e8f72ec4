import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight, GitFork, GitPullRequestArrow } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { api, body, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { byName } from '@/ui/format';
import { Failure, Loading } from '@/ui/states';
import { DifferenceList } from './difference-list';
import { differences } from './differences';
import { Fork } from './fork';
import { isOver, type History } from './history';
import { Migrate, useOtherVersions } from './migrate';
import { eventOfCheckpoint, stepOf, type Selection } from './selection';
import { useCheckpoint } from './use-checkpoint';
import { Values } from './values';

const MOST_DIFFERENCES = 60;
const MOST_WRITERS = 12;
const words = text.executions.checkpoint;

/** The address changes once the slider rests: browsers refuse to change it more often than that. */
const REST_MILLIS = 150;

interface Seen {
  execution: Schemas['Execution'];
  history: History;
  selection: Selection;
}

/** What is begun at a checkpoint, as it was seen: what the execution does meanwhile changes nothing of it. */
interface Begun {
  what: 'fork' | 'migrate';
  number: number;
  values: Record<string, unknown>;
}

/** Where the slider is while the address is not there yet; from where, once it is on its way. */
interface Sliding {
  to: number;
  from?: number;
}

/** The state at each checkpoint, and what can be begun from any. */
export function Checkpoints(seen: Seen) {
  const { execution } = seen;
  const [begun, setBegun] = useState<Begun>();
  const close = () => setBegun(undefined);
  return (
    <>
      <Shown {...seen} begin={setBegun} />
      {begun?.what === 'fork' && <Fork execution={execution.id} checkpoint={begun.number} values={begun.values} onClose={close} />}
      {begun?.what === 'migrate' && <Migrate execution={execution} checkpoint={begun.number} onClose={close} />}
    </>
  );
}

/**
 * The state at a checkpoint and what changed since the one before. Which one is shown is the same selection as everywhere:
 * of an event or a task, the checkpoint that shows what it has come to.
 */
function Shown({ execution: { id: execution, ...whole }, history, selection, begin }: Seen & { begin: (begun: Begun) => void }) {
  const [sliding, setSliding] = useState<Sliding>();
  const may = useCan('executions:write');
  const others = useOtherVersions({ graph: whole.graph }, may && isOver(whole.state));
  const list = useQuery({
    queryKey: ['executions', execution, 'checkpoints', 'newest', whole.step],
    queryFn: () => body(api.GET('/api/v1/executions/{id}/checkpoints', { params: { path: { id: execution }, query: { limit: '1' } } })),
    placeholderData: keepPreviousData,
  });
  const newest = list.data?.items[0]?.number;
  const chosen = stepOf(history, selection);
  const number = Math.min(chosen ?? newest ?? 0, newest ?? 0);
  if (sliding?.from !== undefined && sliding.from !== number) setSliding(undefined);
  const shown = useCheckpoint(execution, newest === undefined ? undefined : number);
  const before = useCheckpoint(execution, number > 0 && newest !== undefined ? number - 1 : undefined);
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  if (list.isError && !list.data) return <Failure thrown={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Loading />;
  if (newest === undefined) return <p className="p-5 text-soft">{words.none}</p>;
  const go = (to: number) => {
    const event = eventOfCheckpoint(history, to);
    if (event !== undefined) selection.selectEvent(event, undefined);
    return event !== undefined;
  };
  const slide = (to: number) => {
    setSliding({ to });
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setSliding(go(to) ? { to, from: number } : undefined), REST_MILLIS);
  };
  const at = sliding?.to ?? number;
  // What is begun is begun at what is shown.
  const still = shown.data !== undefined && at === number;
  const writers = [...new Set(history.tasks.filter((task) => task.step === number - 1 && task.state === 'succeeded').map((task) => task.node))].toSorted(byName);
  return (
    <div className="flex flex-col gap-4 p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="tabular min-w-40 font-medium">{words.at(at, newest)}</span>
        <div className="flex min-w-56 flex-1 items-center gap-1">
          <IconButton label={words.earlier} disabled={at <= 0} onClick={() => void go(number - 1)}><ChevronLeft size={17} aria-hidden /></IconButton>
          <input type="range" aria-label={words.slider} min={0} max={newest} value={at} aria-valuetext={words.at(at, newest)} onChange={(event) => slide(Number(event.target.value))} className="min-w-24 flex-1 accent-accent" />
          <IconButton label={words.later} disabled={at >= newest} onClick={() => void go(number + 1)}><ChevronRight size={17} aria-hidden /></IconButton>
        </div>
        {shown.data && <Badge>{words.sources[shown.data.source] ?? shown.data.source}</Badge>}
        {may && <Button icon={<GitFork size={15} aria-hidden />} disabled={!still} onClick={() => begin({ what: 'fork', number, values: shown.data?.values ?? {} })}>{words.fork}</Button>}
        {others && <Button icon={<GitPullRequestArrow size={15} aria-hidden />} disabled={!still} onClick={() => begin({ what: 'migrate', number, values: {} })}>{words.migrate}</Button>}
      </div>
      {shown.isError ? <Failure compact thrown={shown.error} /> : !shown.data ? <Loading /> : (
        <>
          <p className="flex flex-wrap gap-x-6 gap-y-1 text-soft">
            {writers.length > 0 && <span>{words.by} {writers.slice(0, MOST_WRITERS).map((node) => <button key={node} type="button" className="mr-1.5 font-mono text-xs text-accent-ink hover:underline" onClick={() => selection.selectNode(node)}>{node}</button>)}{writers.length > MOST_WRITERS && '…'}</span>}
            {shown.data.next.length > 0 && <span>{words.next} <span className="font-mono text-xs text-ink">{shown.data.next.toSorted(byName).join(', ')}</span></span>}
          </p>
          <div className="grid gap-5 lg:grid-cols-2">
            <section className="min-w-0">
              <h2 className="mb-2 font-semibold">{words.changes}</h2>
              {number === 0 ? <p className="text-soft">{words.first}</p> : before.data ? <Changes before={before.data.values ?? {}} after={shown.data.values ?? {}} /> : <Loading rows={2} />}
            </section>
            <section className="min-w-0">
              <h2 className="mb-2 font-semibold">{words.values}</h2>
              <Values key={number} values={shown.data.values ?? {}} />
            </section>
          </div>
        </>
      )}
    </div>
  );
}

function Changes({ before, after }: { before: unknown; after: unknown }) {
  const changes = differences(before, after);
  if (changes.length === 0) return <p className="text-soft">{words.unchanged}</p>;
  return (
    <>
      <DifferenceList changes={changes.slice(0, MOST_DIFFERENCES)} />
      {changes.length > MOST_DIFFERENCES && <p className="pt-2 text-soft">{words.more(changes.length - MOST_DIFFERENCES)}</p>}
    </>
  );
}
