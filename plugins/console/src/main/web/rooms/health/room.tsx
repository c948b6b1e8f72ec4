import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX, ShieldAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useAsking } from '@/api/asking';
import { api, body, every, type Schemas } from '@/api/client';
import { useKillSwitches } from '@/app/kill-indicator';
import { at } from '@/api/server';
import { useCan, useSession } from '@/api/session';
import { operations as kinds } from '@/strings/store';
import { health as words } from '@/strings/operate';
import { Badge, type Tone } from '@/ui/badge';
import { useClock } from '@/ui/clock';
import { ago, number } from '@/ui/format';
import { plain } from '@/ui/legible';
import { Card, Page } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { When } from '@/ui/when';

/** Whether the server does its work: each part with its state, and what failed with the reason. */
export default function Room() {
  const session = useSession();
  return (
    <Page title={words.title} lead={words.lead}>
      <Warnings />
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-5">
        <Server />
        {session.can('plugins:read') && <Plugins />}
        {session.can('agents:read') && session.tenant !== undefined && <Models />}
        {session.can('kill-switches:read') && <Stopped />}
        {session.can('executions:read') && session.tenant !== undefined && <Waiting />}
      </div>
      {session.can('operations:read') && <Operations />}
    </Page>
  );
}

/** What makes the server less safe than it is meant to be; only who can change it is told. */
function Warnings() {
  const root = useQuery({ queryKey: ['root'], queryFn: () => body(api.GET('/api/v1')), refetchInterval: 30_000 });
  const warnings = root.data?.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <section aria-label={words.unsafe} className="flex gap-3 rounded-card border border-bad/40 bg-bad-wash p-5">
      <ShieldAlert size={20} aria-hidden className="shrink-0 text-bad" />
      <div className="min-w-0">
        <h2 className="font-semibold text-bad">{words.unsafe}</h2>
        <ul className="mt-1 flex flex-col gap-1">
          {warnings.map((warning) => <li key={warning.setting}><code className="rounded bg-surface px-1.5 py-0.5 font-mono text-xs">{warning.setting}</code> {warning.message}</li>)}
        </ul>
      </div>
    </section>
  );
}

type State = 'good' | 'warn' | 'bad' | 'unknown';

/** What could not be asked is said in place of it, so that nobody takes it for none. */
function Part({ title, state, children, to, failed }: { title: string; state: State; children: ReactNode; to?: string; failed?: { data?: unknown; error: unknown } }) {
  const icon = state === 'good' ? <CircleCheck size={20} className="text-good" aria-hidden /> : state === 'bad' ? <CircleX size={20} className="text-bad" aria-hidden />
    : <TriangleAlert size={20} className={state === 'warn' ? 'text-warn' : 'text-soft'} aria-hidden />;
  return (
    <section className="flex gap-3 rounded-card border bg-surface p-5 shadow-card">
      <span className="shrink-0">{icon}</span>
      <div className="min-w-0">
        <h2 className="font-semibold">{to === undefined ? title : <Link to={to} className="hover:underline">{title}</Link>}</h2>
        {failed?.error && !failed.data ? <Failure compact thrown={failed.error} /> : <div className="text-soft">{children}</div>}
      </div>
    </section>
  );
}

function Server() {
  const session = useSession();
  const ready = useQuery({
    queryKey: ['ready'],
    queryFn: async () => (await fetch(at('/readyz'))).ok,
    refetchInterval: 5_000,
    retry: false,
  });
  const good = ready.data === true && !ready.isError;
  return (
    <Part title={words.serves} state={ready.isPending ? 'unknown' : good ? 'good' : 'bad'}>
      <p>{good ? words.ready : words.notReady}</p>
      <p className="tabular">{words.version} {session.version}</p>
    </Part>
  );
}

function Plugins() {
  const plugins = useQuery({ queryKey: ['plugins'], queryFn: () => every((query) => body(api.GET('/api/v1/plugins', { params: { query } }))), refetchInterval: useAsking(['plugins'], 5_000) });
  const items = plugins.data?.items ?? [];
  const failed = items.filter((plugin) => plugin.state === 'FAILED');
  return (
    <Part title={words.plugins} to="/plugins" state={plugins.data ? (failed.length > 0 ? 'bad' : 'good') : 'unknown'} failed={plugins}>
      {plugins.data && <p>{words.pluginsRun(items.filter((plugin) => plugin.state === 'STARTED').length, items.length)}</p>}
      {failed.map((plugin) => <p key={plugin.id} className="text-bad"><Link to={`/plugins/${plugin.id}`} className="font-medium underline">{plugin.id}</Link> {plain(plugin.reason ?? '')}</p>)}
    </Part>
  );
}

function Models() {
  const models = useQuery({ queryKey: ['models'], queryFn: () => every((query) => body(api.GET('/api/v1/models', { params: { query } }))), refetchInterval: 15_000 });
  const count = models.data?.items.length ?? 0;
  return <Part title={words.models} state={models.data ? (count > 0 ? 'good' : 'warn') : 'unknown'} failed={models}>{models.data && <p>{count > 0 ? words.modelsCount(count) : words.noModels}</p>}</Part>;
}

function Stopped() {
  const switches = useKillSwitches();
  const engaged = switches.data?.items.filter((one) => one.state === 'ENGAGED').length ?? 0;
  return <Part title={words.stopped} to="/kill-switches" state={switches.data ? (engaged > 0 ? 'bad' : 'good') : 'unknown'} failed={switches}>{switches.data && <p>{engaged > 0 ? words.isStopped(engaged) : words.nothingStopped}</p>}</Part>;
}

function useCount(state: 'RUNNING' | 'QUEUED') {
  const found = useQuery({
    queryKey: ['executions', 'health', state],
    queryFn: () => body(api.GET('/api/v1/executions', { params: { query: { state, limit: '200' } } })),
    refetchInterval: useAsking(['executions'], 5_000),
  });
  const items = found.data?.items ?? [];
  return { items, found, text: number(items.length) + (found.data?.next ? '+' : '') };
}

/** Longer than this in the queue is worth a look. */
const LONG_MILLIS = 60_000;

function Waiting() {
  const running = useCount('RUNNING');
  const queued = useCount('QUEUED');
  const failed = [running.found, queued.found].find((one) => one.isError);
  const known = running.found.data !== undefined && queued.found.data !== undefined;
  useClock();
  // The newest come first: behind more than a page of them there are older ones.
  const oldest = queued.items.map((execution) => execution.createdAt).sort()[0];
  const more = Boolean(queued.found.data?.next);
  const long = oldest !== undefined && Date.now() - Date.parse(oldest) > LONG_MILLIS;
  return (
    <Part title={words.executions} to="/executions" state={!known ? 'unknown' : long || more ? 'warn' : 'good'} {...(failed ? { failed } : {})}>
      {known && (
        <>
          <p>{words.running}:{'\u00a0'}<span className="tabular">{running.text}</span></p>
          <p>{words.queued}:{'\u00a0'}<span className="tabular">{queued.text}</span></p>
          <p>{words.oldest}:{'\u00a0'}{oldest === undefined ? words.none : more ? words.orLonger(ago(oldest)) : ago(oldest)}</p>
        </>
      )}
    </Part>
  );
}

const TONES: Record<Schemas['Operation']['state'], Tone> = { RUNNING: 'info', WAITING: 'warn', SUCCEEDED: 'good', FAILED: 'bad', CANCELLED: 'soft' };

function Operations() {
  const pages = usePages(['operations', 'list'], (cursor) => body(api.GET('/api/v1/operations', { params: { query: { limit: '25', ...(cursor ? { cursor } : {}) } } })), 5_000);
  const follow = useCan('plugins:read');
  return (
    <Card title={words.operations} flush>
      <DataTable
        label={words.operations}
        pages={pages}
        rowKey={(operation) => operation.id}
        empty={<Empty title={words.noOperations} />}
        columns={[
          {
            header: words.operationColumns.what,
            cell: ({ row: { original } }) => {
              const name = `${kinds.kinds[original.kind] ?? original.kind} ${original.subject}`;
              return follow ? <Link to={`/plugins?operation=${original.id}`} className="font-medium text-accent-ink hover:underline">{name}</Link> : name;
            },
          },
          { header: words.operationColumns.state, cell: ({ row: { original } }) => <Badge tone={TONES[original.state]} dot pulse={original.state === 'RUNNING'}>{words.states[original.state]}</Badge> },
          { header: words.operationColumns.begun, cell: ({ row }) => <When at={row.original.createdAt} /> },
          { header: words.operationColumns.reason, cell: ({ row }) => row.original.failure && <span className="[overflow-wrap:anywhere] text-bad">{plain(row.original.failure.message)}</span> },
        ]}
      />
    </Card>
  );
}
