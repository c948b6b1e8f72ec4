import { useMutation, useQueryClient } from '@tanstack/react-query';
import { UserX } from 'lucide-react';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { api, body, once, type Schemas } from '@/api/client';
import { asProblem } from '@/api/problem';
import { because } from '@/api/reason';
import { namesOf, Who } from '@/rooms/approvals/who';
import { data as words } from '@/strings/data';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { number } from '@/ui/format';
import { Card, Facts } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { When } from '@/ui/when';
import { Principal, type Chosen } from './principal';

type Plan = Schemas['ErasurePlan'];
const self = { tenant: 'self' };

/** The erasures of what people of the tenant began; the address can name whom to erase. */
export function Erasures() {
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const [begun, setBegun] = useState(false);
  const asked = search.get('erase');
  const ask = (who: string | undefined) => setSearch((now) => {
    if (who === undefined) now.delete('erase');
    else now.set('erase', who);
    return now;
  }, { replace: true });
  const pages = usePages(['person-erasures'], (cursor) => body(api.GET('/api/v1/tenants/{tenant}/erasures', {
    params: { path: self, query: { limit: '25', ...(cursor ? { cursor } : {}) } },
  })), 2_000, 'erased');
  return (
    <Card title={words.erasures} flush actions={<Button icon={<UserX size={16} aria-hidden />} onClick={() => ask('')}>{words.erase}</Button>}>
      {begun && <p role="status" className="mx-5 mt-4 rounded-lg bg-info-wash px-4 py-3 text-info">{words.begun}</p>}
      <DataTable
        label={words.erasures}
        pages={pages}
        rowKey={(one) => one.id}
        empty={<Empty title={words.noErasures} />}
        columns={[
          { header: words.erasureColumns.who, cell: ({ row: { original } }) => <Who id={original.principal ?? ''} names={namesOf(original)} /> },
          { header: words.erasureColumns.state, cell: ({ row: { original } }) => <Badge tone={original.state === 'DONE' ? 'good' : 'info'} dot pulse={original.state === 'RUNNING'}>{words.states[original.state]}</Badge> },
          { header: words.erasureColumns.removed, cell: ({ row: { original } }) => <span className="tabular" title={Object.entries(original.removed).map(([kind, rows]) => `${kind}: ${rows}`).join('\n')}>{number(Object.values(original.removed).reduce((sum, rows) => sum + rows, 0))}</span> },
          { header: words.erasureColumns.asked, cell: ({ row: { original } }) => <When at={original.requestedAt} /> },
        ]}
      />
      {asked !== null && (
        <Erase
          asked={asked}
          onClose={() => ask(undefined)}
          onBegun={() => {
            setBegun(true);
            return queries.invalidateQueries({ queryKey: ['person-erasures'] });
          }}
        />
      )}
    </Card>
  );
}

/** First it is counted what would go; only what was counted is erased, after the name was typed. */
function Erase({ asked, onBegun, onClose }: { asked: string; onBegun: () => Promise<void>; onClose: () => void }) {
  const [who, setWho] = useState<Chosen>({ id: asked, name: asked });
  const counting = useMutation({ mutationFn: (principal: string) => plan(principal) });
  const counted = counting.data?.principal === who.id ? counting.data : undefined;
  return (
    <Confirm
      danger
      title={words.eraseTitle}
      action={words.eraseAction}
      typed={counted === undefined ? undefined : who.name}
      reason="optional"
      disabled={counted === undefined}
      onClose={onClose}
      run={async (reason, attempt) => {
        await attempt(who.id, (header) => body(api.POST('/api/v1/tenants/{tenant}/erasures', {
          params: { path: self, header }, headers: because(reason), body: { principal: who.id },
        })));
        await onBegun();
      }}
    >
      <p>{words.eraseDetail}</p>
      <Principal who={who} onChange={setWho} />
      <Button className="self-start" busy={counting.isPending} disabled={who.id === ''} onClick={() => counting.mutate(who.id)}>{words.look}</Button>
      {counting.isError && <Failure compact thrown={asProblem(counting.error)} />}
      {counted && <Counted plan={counted} />}
    </Confirm>
  );
}

async function plan(principal: string): Promise<Plan> {
  const answer = await body(api.POST('/api/v1/tenants/{tenant}/erasures', { params: { path: self, header: once() }, body: { principal, dryRun: true } }));
  if ('removes' in answer) return { ...answer, principal };
  throw new Error('The server began what it was only asked about');
}

function Counted({ plan: { removes, left } }: { plan: Plan }) {
  const rows = Object.entries(removes).filter(([, count]) => count > 0);
  const shared = Object.entries(left ?? {}).filter(([, ids]) => ids.length > 0);
  return (
    <div className="flex flex-col gap-3 rounded-lg bg-sunken p-3" role="status">
      <div>
        <h3 className="mb-1 font-medium">{words.goes}</h3>
        {rows.length === 0 ? <p className="text-soft">{words.goesNothing}</p> : <Facts items={rows.map(([kind, count]) => [kind, <span key={kind} className="tabular">{number(count)}</span>])} />}
      </div>
      {shared.length > 0 && (
        <div>
          <h3 className="mb-1 font-medium">{words.stays}</h3>
          <ul className="font-mono text-xs">{shared.flatMap(([, ids]) => ids).map((id) => <li key={id}>{id}</li>)}</ul>
        </div>
      )}
    </div>
  );
}
