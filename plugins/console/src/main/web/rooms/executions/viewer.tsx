import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, CircleAlert, Maximize2, Minimize2 } from 'lucide-react';
import { Suspense, useMemo, useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { api, body, type Schemas } from '@/api/client';
import { isRecord } from '@/api/exact';
import { useCan, useSession } from '@/api/session';
import { loadWhenIdle, onDemand, type OnDemand } from '@/app/on-demand';
import { text } from '@/strings';
import { LiveBadge, StateBadge } from '@/ui/badge';
import { buttonClass, IconButton } from '@/ui/button';
import { useClock } from '@/ui/clock';
import { cx } from '@/ui/cx';
import { number } from '@/ui/format';
import { legible, plain } from '@/ui/legible';
import { Card, Facts, Page } from '@/ui/page';
import { Failure, Loading } from '@/ui/states';
import { Tabs } from '@/ui/tabs';
import { When } from '@/ui/when';
import { Actions } from './actions';
import { Checkpoints } from './checkpoints';
import { Details } from './details';
import { Events } from './events';
import type { Drawing } from './graph-layout';
import { isOver, type History } from './history';
import { took } from './list';
import { useSelection } from './selection';
import { Timeline } from './timeline';
import { useGraph } from './use-checkpoint';
import { useHistory } from './use-history';
import { Values } from './values';
import { Waits } from './waits';
import { Warnings } from './warnings';

const GraphView = onDemand(() => import('./graph-view'));

// Whoever has the room's list has nothing to wait for when an execution is opened.
loadWhenIdle([GraphView as OnDemand<object>]);

const words = text.executions;

/** One execution: its graph, its tasks in time, its events, its state at each checkpoint, and what can be done to it. */
export function Viewer() {
  const { id = '' } = useParams();
  return <Loaded key={id} id={id} />;
}

function Loaded({ id }: { id: string }) {
  const execution = useQuery({
    queryKey: ['executions', id],
    queryFn: () => body(api.GET('/api/v1/executions/{id}', { params: { path: { id } } })),
  });
  if (execution.isPending) return <Loading rows={8} />;
  if (execution.isError && !execution.data) return <Failure whole thrown={execution.error} retry={() => void execution.refetch()} back={<Link to="/executions" className={buttonClass('primary')}>{words.toList}</Link>} />;
  return <Shown execution={execution.data} />;
}

function Shown({ execution }: { execution: Schemas['Execution'] }) {
  const { id } = execution;
  const { history, liveness } = useHistory(id);
  const selection = useSelection();
  const [tall, setTall] = useState(false);
  // What is over when it is opened is read from its beginning; what goes on, from its end.
  const [live] = useState(execution.finishedAt === undefined);
  const graph = useGraph(execution.graph, useCan('graphs:read'));
  const name = nameOf(graph.data?.definition) ?? execution.graph.id;
  const drawing = useMemo(() => graph.data?.definition as Drawing | undefined, [graph.data]);
  const tabs = [
    { id: 'timeline', label: words.tabs.timeline, content: <Timeline history={history} selection={selection} live={live} /> },
    { id: 'events', label: `${words.tabs.events} ${history.events.length === 0 ? '' : number(history.events.length)}`, content: <Events history={history} selection={selection} live={live} /> },
    { id: 'state', label: words.tabs.state, content: <Checkpoints execution={execution} history={history} selection={selection} /> },
    { id: 'input', label: words.tabs.input, content: <Ends execution={execution} /> },
  ];
  return (
    <Page
      title={execution.agent ?? name}
      back={<Link to="/executions" className="mb-1 inline-flex items-center gap-1.5 text-soft hover:text-ink"><ArrowLeft size={15} aria-hidden />{words.title}</Link>}
      lead={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <StateBadge state={execution.state} />
          <LiveBadge liveness={liveness} />
          <code className="font-mono text-xs">{id}</code>
        </span>
      }
      actions={<Actions execution={execution} name={name} />}
    >
      {execution.failure && <Failed failure={execution.failure} history={history} onShow={selection.selectEvent} />}
      {execution.state === 'WAITING' && <Waits execution={execution} />}
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_23rem]">
        <div className="flex min-w-0 flex-col gap-5">
          <Card flush>
            <div className={cx('relative', tall ? 'h-[68vh]' : sizeOf(drawing))}>
              <Graph key={`${tall}`} over={execution.finishedAt !== undefined} drawing={drawing} thrown={graph.error} history={history} selection={selection} />
              <IconButton label={tall ? words.graph.smaller : words.graph.larger} aria-pressed={tall} className="absolute top-2 right-2 size-8 border bg-surface shadow-card" onClick={() => setTall(!tall)}>
                {tall ? <Minimize2 size={15} aria-hidden /> : <Maximize2 size={15} aria-hidden />}
              </IconButton>
            </div>
          </Card>
          <Card flush><Tabs label={words.tabs.label} tabs={tabs} value={selection.tab} onChange={selection.selectTab} /></Card>
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <Details execution={id} history={history} selection={selection} nodes={drawing?.nodes ?? []} />
          <Card title={words.facts.title}><Summary execution={execution} graph={name} /></Card>
          {drawing && <Warnings graph={execution.graph} />}
        </div>
      </div>
    </Page>
  );
}

function nameOf(definition: Record<string, unknown> | undefined): string | undefined {
  const metadata = definition?.['metadata'];
  return isRecord(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : undefined;
}

/** A graph of a few nodes needs little room, a large one more. */
function sizeOf(drawing: Drawing | undefined): string {
  const nodes = drawing?.nodes.length ?? 0;
  return nodes > 24 ? 'h-[29rem]' : nodes > 8 ? 'h-96 sm:h-80' : 'h-96 sm:h-64';
}

function Graph({ drawing, thrown, over, history, selection }: { drawing: Drawing | undefined; over: boolean; thrown: unknown; history: History; selection: ReturnType<typeof useSelection> }) {
  if (!useCan('graphs:read')) return <p className="p-5 text-soft">{words.noGraph}</p>;
  if (thrown) return <div className="p-5"><Failure compact thrown={thrown} /></div>;
  if (!drawing) return <Loading />;
  return (
    <Suspense fallback={<Loading />}>
      <GraphView drawing={drawing} states={history.nodes} tasks={history.tasks} selected={selection.node} over={over} onSelect={selection.selectNode} />
    </Suspense>
  );
}

/** The failure where it happened: the step that failed is one click away. */
function Failed({ failure, history, onShow }: { failure: Schemas['Failure']; history: History; onShow: (sequence: number, node: string) => void }) {
  const task = history.tasks.findLast((found) => found.state === 'failed');
  return (
    <div role="alert" className="flex gap-3.5 rounded-card border border-bad/40 bg-bad-wash p-4">
      <CircleAlert size={20} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1 break-words">
        <p className="font-semibold">{plain(failure.message)}</p>
        <p>{plain(failure.action)}</p>
        <p className="mt-1.5 flex flex-wrap gap-x-4 font-mono text-xs">
          <span>{failure.code}</span>
          {task && <button type="button" className="font-sans font-medium text-bad underline" onClick={() => onShow(task.sequence, task.node)}>{words.failedAt(task.node, task.step)}</button>}
        </p>
      </div>
    </div>
  );
}

function Ends({ execution }: { execution: Schemas['Execution'] }) {
  return (
    <div className="grid gap-5 p-5 lg:grid-cols-2">
      <section className="min-w-0"><h2 className="mb-2 font-semibold">{words.input}</h2><Values values={execution.input ?? {}} /></section>
      <section className="min-w-0"><h2 className="mb-2 font-semibold">{words.output}</h2>{execution.output ? <Values values={execution.output} /> : <p className="text-soft">{words.noOutput}</p>}</section>
    </div>
  );
}

function Summary({ execution, graph }: { execution: Schemas['Execution']; graph: string }) {
  const may = useSession().can('usage:read');
  const cost = useQuery({
    queryKey: ['executions', execution.id, 'cost', execution.state],
    queryFn: () => body(api.GET('/api/v1/executions/{id}/cost', { params: { path: { id: execution.id } } })),
    enabled: may,
  });
  useClock();
  const { facts } = words;
  const items: [string, ReactNode][] = [
    [facts.graph, <span key="g" title={execution.graph.id}>{graph} v{execution.graph.version}</span>],
    [facts.begun, <When key="t" whole at={execution.createdAt} />],
    [isOver(execution.state) ? facts.took : facts.soFar, took(execution) || facts.notYet],
    [facts.steps, number(execution.step)],
  ];
  if (execution.session) items.push([facts.session, <Link key="s" className="text-accent-ink hover:underline" to={`/executions?session=${encodeURIComponent(execution.session)}`}>{legible(execution.session)}</Link>]);
  if (execution.origin) items.push([facts.origin, <Link key="o" className="font-mono text-xs text-accent-ink hover:underline" to={`/executions/${execution.origin.execution}`}>{execution.origin.execution} · {execution.origin.checkpoint}</Link>]);
  if (cost.data) {
    items.push([facts.tokens, facts.inAndOut(number(cost.data.inputTokens), number(cost.data.outputTokens))]);
    items.push([facts.cost, cost.data.costs.map((found) => `${found.amount} ${found.currency}`).join(', ') || facts.noCost]);
  }
  return <Facts items={items} />;
}
