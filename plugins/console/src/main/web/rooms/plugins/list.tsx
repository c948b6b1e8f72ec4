import type { ColumnDef } from '@tanstack/react-table';
import { Link, useNavigate } from 'react-router';
import { api, body, every, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { OperationPanel, useOperation } from '@/rooms/operations/operation';
import { plugins as words } from '@/strings/plugins';
import { Badge, StateBadge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { legible, plain } from '@/ui/legible';
import { Card, Page } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty } from '@/ui/states';
import { DataTable } from '@/ui/table';

type Plugin = Schemas['Plugin'];

export function denials(plugin: Plugin): number {
  return (plugin.denials ?? []).reduce((sum, denial) => sum + denial.count, 0);
}

const columns: ColumnDef<Plugin>[] = [
  {
    header: words.columns.plugin,
    cell: ({ row }) => (
      <div className="sm:max-w-md">
        <Link to={`/plugins/${row.original.id}`} className="font-medium text-accent-ink hover:underline">{row.original.id}</Link>
        <p className="truncate text-xs text-soft">{legible(row.original.description)}</p>
      </div>
    ),
  },
  { header: words.columns.version, cell: ({ row }) => <span className="tabular">{row.original.version}</span> },
  {
    header: words.columns.state,
    cell: ({ row: { original } }) => (
      <div className="flex max-w-sm flex-wrap items-center gap-1.5">
        <StateBadge state={original.state} />
        {original.pending && <Badge tone="warn">{words.waits(original.pending.version)}</Badge>}
        {original.withheld !== undefined && original.withheld.length > 0 && <Badge tone="bad">{words.withheld(original.withheld.length)}</Badge>}
        {denials(original) > 0 && <Badge tone="bad">{words.denied(denials(original))}</Badge>}
        {original.reason !== undefined && <p className="basis-full text-xs break-words text-bad">{plain(original.reason)}</p>}
      </div>
    ),
  },
  { header: words.columns.calls, cell: ({ row }) => <span className="tabular">{row.original.callsInFlight}</span> },
  { header: words.columns.offers, cell: ({ row }) => <span className="text-xs text-soft">{[...new Set(row.original.extensions.map((extension) => extension.kind))].join(', ')}</span> },
];

/** The installed plugins with their states, looked at anew every few seconds. */
export function PluginList() {
  const navigate = useNavigate();
  const operation = useOperation();
  const pages = usePages(['plugins', 'list'], () => every((query) => body(api.GET('/api/v1/plugins', { params: { query } }))), 3_000);
  const store = useCan('marketplace:read') && <Link to="/store" className={buttonClass()}>{words.toStore}</Link>;
  return (
    <Page title={words.title} lead={words.lead} actions={store}>
      {operation.id !== null && <OperationPanel id={operation.id} onLeave={operation.leave} />}
      <Card flush>
        <DataTable
          label={words.title}
          pages={pages}
          columns={columns}
          rowKey={(plugin) => plugin.id}
          onOpen={(plugin) => void navigate(`/plugins/${plugin.id}`)}
          empty={<Empty title={words.empty} action={store}>{words.emptyDetail}</Empty>}
        />
      </Card>
    </Page>
  );
}
