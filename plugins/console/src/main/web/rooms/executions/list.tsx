import type { ColumnDef } from '@tanstack/react-table';
import { RotateCcw, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { api, body, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { StateBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { SelectField } from '@/ui/field';
import { FilterField } from '@/ui/filter-field';
import { duration } from '@/ui/format';
import { legible } from '@/ui/legible';
import { Card, Page } from '@/ui/page';
import { narrowed, usePages } from '@/ui/pages';
import { Empty } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { When } from '@/ui/when';
import { canRetry, Choose, ChooseAll, Retry } from './retry';

type Execution = Schemas['Execution'];

const STATES: Execution['state'][] = ['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'];
const FILTERS = ['state', 'agent', 'graph', 'session', 'failure', 'retried'] as const;
const words = text.executions;

export function took(execution: Execution): string {
  if (execution.startedAt === undefined) return '';
  const end = execution.finishedAt === undefined ? Date.now() : Date.parse(execution.finishedAt);
  return duration(end - Date.parse(execution.startedAt));
}

/** The agent, or else the graph, by name; it leads to all executions of the same. */
function What({ execution: { agent, graph } }: { execution: Execution }) {
  const of = agent === undefined ? `graph=${encodeURIComponent(graph.id)}` : `agent=${encodeURIComponent(agent)}`;
  return (
    <>
      <Link to={`/executions?${of}`} title={agent === undefined ? graph.id : undefined} className="[overflow-wrap:anywhere] hover:text-accent-ink hover:underline">{legible(agent ?? graph.name ?? graph.id)}</Link>
      {agent === undefined && <span className="text-soft"> v{graph.version}</span>}
    </>
  );
}

const columns: ColumnDef<Execution>[] = [
  {
    header: words.columns.id,
    cell: ({ row }) => <Link to={`/executions/${row.original.id}`} className="font-mono text-xs font-medium text-accent-ink hover:underline">{row.original.id}</Link>,
  },
  { header: words.columns.state, cell: ({ row }) => <StateBadge state={row.original.state} /> },
  { header: words.columns.what, cell: ({ row }) => <What execution={row.original} /> },
  {
    header: words.columns.started,
    cell: ({ row }) => <When at={row.original.createdAt} />,
  },
  { header: words.columns.took, cell: ({ row }) => took(row.original) && <span className="tabular whitespace-nowrap">{took(row.original)}</span> },
  { header: words.columns.session, cell: ({ row }) => row.original.session && <span className="font-mono text-xs break-all text-soft">{legible(row.original.session)}</span> },
];

/** The executions of the tenant; the filters are in the address, so that a view can be passed on. */
export function List() {
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const query = Object.fromEntries(FILTERS.flatMap((name) => {
    const value = search.get(name);
    return value ? [[name, value]] : [];
  }));
  const pages = usePages(
    ['executions', query],
    (cursor) => body(api.GET('/api/v1/executions', { params: { query: { ...query, limit: '25', ...(cursor ? { cursor } : {}) } } })),
    4_000,
  );
  const [chosen, setChosen] = useState<Execution[]>([]);
  const [retrying, setRetrying] = useState(false);
  const filter = (name: string, value: string) => {
    setChosen([]);
    setSearch((now) => narrowed(now, name, value || undefined), { replace: true });
  };
  const filtered = Object.keys(query).length > 0;
  const may = useCan('executions:write');
  const rows = pages.items;
  const choice = useMemo((): ColumnDef<Execution>[] => {
    if (!may || !rows?.some(canRetry)) return columns;
    return [
      {
        id: 'choose',
        header: () => <ChooseAll rows={rows} chosen={chosen} onChange={setChosen} />,
        cell: ({ row }) => <Choose execution={row.original} chosen={chosen} onChange={setChosen} />,
      },
      ...columns,
    ];
  }, [may, rows, chosen]);
  return (
    <Page title={words.title} lead={words.lead}>
      <Card flush>
        <div className="grid grid-cols-2 items-end gap-3 border-b px-5 py-3 sm:flex sm:flex-wrap">
          <div className="col-span-2 sm:w-44">
            <SelectField hidden label={words.filters.state} value={query['state'] ?? ''} onChange={(event) => filter('state', event.target.value)}>
              <option value="">{words.filters.anyState}</option>
              {STATES.map((state) => <option key={state} value={state}>{text.common.states[state]}</option>)}
            </SelectField>
          </div>
          {(['agent', 'session', 'failure'] as const).map((name) => (
            <FilterField key={name} className="sm:w-52" hidden label={words.filters[name]} placeholder={words.filters[name]} name={name} value={query[name] ?? ''} onSettle={(value) => filter(name, value)} />
          ))}
          <div className="sm:w-44">
            <SelectField hidden label={words.filters.retried} value={query['retried'] ?? ''} onChange={(event) => filter('retried', event.target.value)}>
              <option value="">{words.filters.anyRetried}</option>
              <option value="false">{words.filters.notRetried}</option>
              <option value="true">{words.filters.wasRetried}</option>
            </SelectField>
          </div>
          {query['graph'] && (
            <Button icon={<X size={15} aria-hidden />} onClick={() => filter('graph', '')}>
              <span className="truncate">{words.filters.ofGraph(legible(rows?.find(({ graph }) => graph.id === query['graph'])?.graph.name ?? query['graph'], 60))}</span>
            </Button>
          )}
          {filtered && <Button look="quiet" icon={<X size={15} aria-hidden />} onClick={() => { setChosen([]); setSearch({}, { replace: true }); }}>{words.filters.clear}</Button>}
          {chosen.length > 0 && <Button look="primary" className="sm:ml-auto" icon={<RotateCcw size={16} aria-hidden />} onClick={() => setRetrying(true)}>{words.retry.open(chosen.length)}</Button>}
        </div>
        <DataTable
          label={words.title}
          pages={pages}
          columns={choice}
          rowKey={(row) => row.id}
          onOpen={(row) => void navigate(`/executions/${row.id}`)}
          empty={filtered
            ? <Empty title={words.emptyFiltered}>{words.emptyFilteredDetail}</Empty>
            : <Empty title={words.empty}>{words.emptyDetail}</Empty>}
        />
      </Card>
      {retrying && <Retry executions={chosen} onClose={() => { setRetrying(false); setChosen([]); }} />}
    </Page>
  );
}
