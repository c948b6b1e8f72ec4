import { useMutation, useQueryClient } from '@tanstack/react-query';
import { OctagonX, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { useKillSwitches } from '@/app/kill-indicator';
import { useCan, useSession } from '@/api/session';
import { useTenantName } from '@/api/tenants';
import { killSwitches as words } from '@/strings/kill';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { useClock } from '@/ui/clock';
import { Confirm } from '@/ui/confirm';
import { ago, dateAndTime, number } from '@/ui/format';
import { legible, plain } from '@/ui/legible';
import { Card, Page } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure, Loading, Notice } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { engage, lift, type Switch } from './requests';
import { Target, type Kind } from './target';

export default function Room() {
  const may = useCan('kill-switches:write');
  const switches = useKillSwitches();
  const [lifted, setLifted] = useState<Switch>();
  const queries = useQueryClient();
  const engaged = switches.data?.items.filter((one) => one.state === 'ENGAGED') ?? [];
  return (
    <Page title={words.title} lead={words.lead}>
      {may && <Engage />}
      <Card title={words.engaged} flush>
        {switches.isError && !switches.data ? <Failure thrown={switches.error} retry={() => void switches.refetch()} /> : !switches.data ? <Loading />
          : engaged.length === 0 ? <Notice icon={<ShieldCheck size={22} />} title={words.none}>{words.noneDetail}</Notice> : (
            <ul>{engaged.map((one) => <Engaged key={one.id ?? one.kind + one.target} one={one} onLift={() => setLifted(one)} />)}</ul>
          )}
      </Card>
      <History />
      {lifted && (
        <Confirm
          danger={false}
          title={words.liftTitle(lifted.target)}
          action={words.lift}
          reason="required"
          onClose={() => setLifted(undefined)}
          run={async (reason) => {
            await lift(lifted, reason);
            await queries.invalidateQueries({ queryKey: ['kill-switches'] });
          }}
        >
          <p>{words.liftDetail}</p>
          <p className="text-xs text-soft"><Whose tenant={lifted.tenant} /></p>
        </Confirm>
      )}
    </Page>
  );
}

/** For whom something is stopped, or was: one of the same name may be stopped for others as well. */
function Whose({ tenant }: { tenant: string | undefined }) {
  return tenant === undefined ? words.forAll : <Of tenant={tenant} />;
}

function Of({ tenant }: { tenant: string }) {
  const session = useSession();
  const name = useTenantName(tenant);
  return tenant === session.tenant ? words.forTenant : words.forNamed(legible(name));
}

type Note = NonNullable<Switch['engaged']>;

const whoNoted = ({ by, byName }: Note) => legible(byName ?? by);

function Noted({ note }: { note: Note }) {
  return (
    <span title={note.by}>
      {words.by(whoNoted(note), dateAndTime(note.at))}
      <span className="block text-xs break-words text-soft">{plain(note.reason)}</span>
    </span>
  );
}

function Engaged({ one, onLift }: { one: Switch; onLift: () => void }) {
  const session = useSession();
  useClock();
  const may = session.can('kill-switches:write') && (one.owner !== 'platform' || session.principal.platform);
  return (
    <li className="flex flex-wrap items-center gap-3 border-b px-5 py-3 last:border-0">
      <OctagonX size={18} aria-hidden className="shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{words.kinds[one.kind]} {one.kind !== 'platform' && <code className="font-mono text-xs break-all">{legible(one.target)}</code>}</p>
        <p className="break-words">{plain(one.engaged?.reason ?? '')}</p>
        {one.engaged && <p className="text-xs text-soft" title={dateAndTime(one.engaged.at)}>{words.by(whoNoted(one.engaged), ago(one.engaged.at))} · <Whose tenant={one.tenant} /></p>}
        {one.impact && <Impact impact={one.impact} />}
      </div>
      {may && <Button onClick={onLift}>{words.lift}</Button>}
    </li>
  );
}

/** How much stops, or did. */
function Impact({ impact }: { impact: NonNullable<Switch['impact']> }) {
  const parts = (['running', 'queued', 'waiting', 'calls'] as const).filter((name) => impact[name] > 0);
  if (parts.length === 0) return <p className="text-soft">{words.nothing}</p>;
  return <p className="flex flex-wrap gap-2">{parts.map((name) => <Badge key={name} tone="bad">{number(impact[name])} {words.impact[name]}</Badge>)}</p>;
}

/** What is to be stopped. */
interface Wanted {
  kind: Kind;
  id: string;
}

/** Chooses what to stop, shows what that touches, and stops it with a reason. */
function Engage() {
  const session = useSession();
  const queries = useQueryClient();
  const [kind, setKind] = useState<Kind>(session.tenant === undefined ? 'platform' : 'agent');
  const [id, setId] = useState(session.tenant === undefined ? 'all' : '');
  const preview = useMutation({ mutationFn: (wanted: Wanted) => engage(wanted.kind, wanted.id, 'dry run', true) });
  // What was looked at is what is stopped, whatever is chosen by the time that the answer comes.
  const wanted = preview.variables;
  return (
    <Card title={words.engage}>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (id && !preview.isPending) preview.mutate({ kind, id });
        }}
      >
        <Target kind={kind} id={id} onChange={(nextKind, nextId) => { setKind(nextKind); setId(nextId); }} />
        <Button type="submit" look="danger" icon={<OctagonX size={16} aria-hidden />} disabled={!id} busy={preview.isPending}>{words.stop}</Button>
      </form>
      {preview.isError && <div className="mt-3"><Failure compact thrown={preview.error} /></div>}
      {preview.data && wanted && (
        <Confirm
          danger
          title={words.stopTitle(wanted.kind === 'platform' ? words.kinds.platform.toLowerCase() : wanted.id)}
          action={words.stop}
          reason="required"
          typed={wanted.id}
          onClose={() => preview.reset()}
          run={async (reason) => {
            await engage(wanted.kind, wanted.id, reason, false);
            await queries.invalidateQueries({ queryKey: ['kill-switches'] });
          }}
        >
          <p>{words.stopDetail}</p>
          <div className="rounded-lg bg-sunken p-3">
            <p className="font-medium">{words.preview}</p>
            {preview.data.impact && <Impact impact={preview.data.impact} />}
            <p className="text-xs text-soft"><Whose tenant={preview.data.tenant} /></p>
          </div>
        </Confirm>
      )}
    </Card>
  );
}

function History() {
  const pages = usePages(
    ['kill-switches', 'lifted'],
    (cursor) => body(api.GET('/api/v1/kill-switches', { params: { query: { state: 'lifted', limit: '25', ...(cursor ? { cursor } : {}) } } })),
    10_000,
  );
  if (!pages.error && pages.page === 1 && (pages.items?.length ?? 0) === 0) return null;
  return (
    <Card title={words.history} flush>
      <DataTable
        label={words.history}
        pages={pages}
        rowKey={(one) => one.id ?? one.kind + one.target}
        empty={<Empty title={words.none} />}
        columns={[
          { header: words.columns.what, cell: ({ row: { original } }) => <>{words.kinds[original.kind]} <code className="font-mono text-xs break-all">{legible(original.target)}</code> <span className="block text-xs text-soft"><Whose tenant={original.tenant} /></span></> },
          { header: words.columns.engaged, cell: ({ row: { original } }) => original.engaged && <Noted note={original.engaged} /> },
          { header: words.columns.lifted, cell: ({ row: { original } }) => original.lifted && <Noted note={original.lifted} /> },
        ]}
      />
    </Card>
  );
}
