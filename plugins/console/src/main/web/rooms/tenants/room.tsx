import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { api, body, done, type Schemas } from '@/api/client';
import { because } from '@/api/reason';
import { useCan, useSession } from '@/api/session';
import { text } from '@/strings';
import { tenants as words } from '@/strings/access';
import { plans } from '@/strings/plans';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { TextField } from '@/ui/field';
import { number } from '@/ui/format';
import { legible } from '@/ui/legible';
import { Card, Facts, Page } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure, Loading } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { Tabs } from '@/ui/tabs';
import { When } from '@/ui/when';
import { Plans } from './plans';

type Tenant = Schemas['Tenant'];

/** The tenants of this server and what they are offered, for administrators of the platform. The part is in the address. */
export default function Room() {
  const [search, setSearch] = useSearchParams();
  const part = search.get('part') === 'plans' ? 'plans' : 'tenants';
  return (
    <Page title={words.title} lead={words.lead}>
      <Card flush>
        <Tabs
          label={words.title}
          tabs={[{ id: 'tenants', label: plans.tabs.tenants, content: <Tenants /> }, { id: 'plans', label: plans.tabs.plans, content: <Plans /> }]}
          value={part}
          onChange={(id) => setSearch({ part: id }, { replace: true })}
        />
      </Card>
    </Page>
  );
}

function Tenants() {
  const may = useCan('tenants:write');
  const session = useSession();
  const navigate = useNavigate();
  const mayData = useCan('data:export') && session.principal.platform;
  const queries = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [erased, setErased] = useState<Tenant>();
  const [begun, setBegun] = useState(false);
  const pages = usePages(['tenants', 'list'], (cursor) => body(api.GET('/api/v1/tenants', { params: { query: { limit: '25', ...(cursor ? { cursor } : {}) } } })));
  const again = () => queries.invalidateQueries({ queryKey: ['tenants'] });
  return (
    <>
      {may && <div className="flex justify-end px-5 py-3"><Button look="primary" onClick={() => setCreating(true)}>{words.create}</Button></div>}
      {begun && <p role="status" className="mx-5 mb-3 rounded-lg bg-info-wash px-4 py-3 text-info">{words.erasing}</p>}
      <DataTable
        label={words.title}
        pages={pages}
        rowKey={(tenant) => tenant.id}
        empty={<Empty title={words.empty} />}
        columns={[
          { header: words.columns.name, cell: ({ row }) => <span className="font-medium [overflow-wrap:anywhere]">{legible(row.original.name)}</span> },
          { header: words.columns.id, cell: ({ row }) => <code className="font-mono text-xs text-soft">{row.original.id}</code> },
          { header: words.columns.created, cell: ({ row }) => <When at={row.original.createdAt} /> },
          {
            id: 'actions', header: () => <span className="sr-only">{text.common.actions}</span>,
            cell: ({ row: { original } }) => (
              <span className="flex items-center justify-end gap-1">
                {session.tenant === original.id ? <Badge tone="accent" dot>{words.acting}</Badge> : session.principal.platform && <Button look="quiet" onClick={() => void session.actFor(original.id)}>{words.act}<span className="sr-only"> {legible(original.name)}</span></Button>}
                {mayData && <Button look="quiet" onClick={() => void session.actFor(original.id).then(() => navigate('/data'))}>{words.data}<span className="sr-only"> {legible(original.name)}</span></Button>}
                {may && <Button look="quiet" onClick={() => setErased(original)}>{words.erase}<span className="sr-only"> {legible(original.name)}</span></Button>}
              </span>
            ),
          },
        ]}
      />
      {creating && <Create again={again} onClose={() => setCreating(false)} />}
      {erased && (
        <Erase
          tenant={erased}
          onClose={() => setErased(undefined)}
          onBegun={async () => {
            setBegun(true);
            await again();
          }}
        />
      )}
    </>
  );
}

function Create({ again, onClose }: { again: () => Promise<void>; onClose: () => void }) {
  const [name, setName] = useState('');
  return (
    <Confirm
      danger={false}
      title={words.create}
      action={words.make}
      disabled={!(name.trim() !== '')}
      onClose={onClose}
      run={async (_, attempt) => {
        const content = { name: name.trim() };
        await attempt(content, (header) => done(api.POST('/api/v1/tenants', { params: { header }, body: content })));
        await again();
      }}
    >
      <TextField label={words.name} hint={words.nameHint} value={name} autoComplete="off" onChange={(event) => setName(event.target.value)} />
    </Confirm>
  );
}

function Erase({ tenant, onBegun, onClose }: { tenant: Tenant; onBegun: () => Promise<void>; onClose: () => void }) {
  const path = { tenant: tenant.id };
  const plan = useQuery({
    queryKey: ['erasure-plan', tenant.id],
    queryFn: () => body(api.DELETE('/api/v1/tenants/{tenant}', { params: { path, query: { dryRun: 'true' } } })),
    gcTime: 0,
  });
  const removes = Object.entries((plan.data as Schemas['ErasurePlan'] | undefined)?.removes ?? {}).filter(([, count]) => count > 0);
  return (
    <Confirm
      danger
      title={words.eraseTitle(tenant.name)}
      action={words.erase}
      typed={tenant.name}
      reason="optional"
      disabled={!(plan.data !== undefined)}
      onClose={onClose}
      run={async (reason) => {
        await done(api.DELETE('/api/v1/tenants/{tenant}', { params: { path, query: { confirm: tenant.name } }, headers: because(reason) }));
        await onBegun();
      }}
    >
      <p>{words.eraseDetail}</p>
      {plan.isError ? <Failure compact thrown={plan.error} /> : plan.isPending ? <Loading rows={2} label={words.counting} />
        : <div className="max-h-60 overflow-y-auto rounded-lg bg-sunken p-3" tabIndex={0} role="region" aria-label={words.eraseDetail}><Facts items={removes.map(([what, count]) => [what, <span key={what} className="tabular">{number(count)}</span>])} /></div>}
    </Confirm>
  );
}
