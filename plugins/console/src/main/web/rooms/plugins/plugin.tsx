import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api, body, done, every, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useCan } from '@/api/session';
import { OperationPanel, useOperation } from '@/rooms/operations/operation';
import { Consent, Differences } from '@/rooms/store/consent';
import { plugins as words } from '@/strings/plugins';
import { Badge, StateBadge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { Json } from '@/ui/json';
import { legible, plain } from '@/ui/legible';
import { Markdown } from '@/ui/markdown';
import { Card, Facts, Page } from '@/ui/page';
import { Failure, Loading } from '@/ui/states';
import { Actions } from './actions';
import { Configuration } from './configuration';
import { Grants } from './grants';
import { Logs } from './logs';
import { Versions } from './versions';
import { Withheld } from './withheld';

type Plugin = Schemas['Plugin'];

/** One installed plugin: how it is, why, what it may do, and what can be done with it. */
export function PluginPage() {
  const id = useParams()['id'] ?? '';
  const plugin = useQuery({ queryKey: ['plugins', id], queryFn: () => body(api.GET('/api/v1/plugins/{id}', { params: { path: { id } } })), refetchInterval: 3_000 });
  const operation = useOperation();
  const navigate = useNavigate();
  const back = <Link to="/plugins" className="text-accent-ink hover:underline">← {words.back}</Link>;
  const panel = operation.id !== null && <OperationPanel id={operation.id} onLeave={operation.leave} />;
  if (plugin.isError && !plugin.data) return <Page title={id} back={back}>{panel}<Failure thrown={plugin.error} retry={() => void plugin.refetch()} back={<Link to="/plugins" className={buttonClass('primary')}>{words.toList}</Link>} /></Page>;
  if (!plugin.data) return <Page title={id} back={back}>{panel}<Loading /></Page>;
  const found = plugin.data;
  return (
    <Page
      title={id}
      back={back}
      lead={<span className="flex flex-wrap items-center gap-2"><StateBadge state={found.state} />{found.isolated && <Badge>{words.isolated}</Badge>}<span className="tabular">{found.version}</span><span className="min-w-0 break-words">{plain(found.description)}</span></span>}
      actions={<Actions plugin={found} follow={operation.follow} followElsewhere={(begun) => void navigate(`/plugins?operation=${begun.id}`)} />}
    >
      {panel}
      {found.failure && <Failure compact thrown={new Problem({ status: 500, code: found.failure.code, detail: found.failure.message, action: found.failure.action })} />}
      <Withheld plugin={found} follow={operation.follow} />
      {found.pending && <Pending plugin={found} pending={found.pending} follow={operation.follow} />}
      <div className="grid items-start gap-5 lg:grid-cols-[2fr_1fr]">
        <div className="flex min-w-0 flex-col gap-5">
          <Grants id={id} follow={operation.follow} />
          <Denials plugin={found} />
          <Logs id={id} />
          <Configuration plugin={found} follow={operation.follow} />
          <About id={id} version={found.sha512} />
        </div>
        <Sides plugin={found} />
      </div>
    </Page>
  );
}

function Pending({ plugin, pending, follow }: { plugin: Plugin; pending: NonNullable<Plugin['pending']>; follow: (operation: Schemas['Operation']) => void }) {
  const [looking, setLooking] = useState(false);
  const queries = useQueryClient();
  const [refusing, setRefusing] = useState(false);
  const may = useCan('plugins:write');
  return (
    <section className="rounded-card border border-warn/40 bg-surface p-5 shadow-card">
      <h2 className="font-semibold">{words.pendingTitle(pending.version)}</h2>
      <p className="text-soft">{words.pendingDetail}</p>
      <Differences changes={pending.changes} />
      {may && (
        <div className="flex gap-2">
          <Button look="primary" onClick={() => setLooking(true)}>{words.look}</Button>
          <Button onClick={() => setRefusing(true)}>{words.dismiss}</Button>
        </div>
      )}
      {refusing && (
        <Confirm
          title={words.dismissTitle(legible(plugin.id), pending.version)}
          action={words.dismiss}
          onClose={() => setRefusing(false)}
          run={async () => {
            await done(api.DELETE('/api/v1/plugins/{id}/pending', { params: { path: { id: plugin.id } } }));
            await queries.invalidateQueries({ queryKey: ['plugins'] });
          }}
        >
          <p>{words.dismissDetail(plugin.version)}</p>
        </Confirm>
      )}
      {looking && (
        <Consent
          source={{ from: 'pending', plugin: plugin.id }}
          onRefuse={() => setLooking(false)}
          onBegun={(begun) => {
            setLooking(false);
            follow(begun);
          }}
        />
      )}
    </section>
  );
}

function Denials({ plugin }: { plugin: Plugin }) {
  const denials = plugin.denials ?? [];
  return (
    <Card title={words.denials}>
      {denials.length === 0 ? <p className="text-soft">{words.denialsNone}</p> : (
        <>
          <p className="text-soft">{words.denialsLead}</p>
          <ul className="mt-2 flex flex-col gap-2">
            {denials.map((denial) => (
              <li key={denial.permission} className="flex flex-wrap items-center gap-2">
                <code className="rounded bg-sunken px-1.5 py-0.5 font-mono text-xs break-all">{legible(denial.permission)}</code>
                <Badge tone="bad">{words.times(denial.count)}</Badge>
                <span className="text-xs text-soft">{words.deniedAt} <code className="font-mono break-all">{legible(denial.at)}</code></span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Sides({ plugin }: { plugin: Plugin }) {
  const publishers = useQuery({ queryKey: ['publishers'], queryFn: () => every((query) => body(api.GET('/api/v1/publishers', { params: { query } }))) });
  const publisher = publishers.data?.items.find((one) => one.plugin === plugin.id);
  return (
    <div className="flex min-w-0 flex-col gap-5">
      <Card title={words.facts}>
        <Facts
          items={[
            [words.version, plugin.version],
            [words.previous, plugin.previous ?? '–'],
            [words.calls, plugin.callsInFlight > 0 ? words.draining(plugin.callsInFlight) : words.idle],
            [words.publisher, legible(publisher?.publisher ?? '–')],
            ...(publisher ? [[words.pinned, <code key="pinned" className="font-mono text-xs break-all">{publisher.fingerprint}</code>] as [string, React.ReactNode]] : []),
            [words.digest, <code key="digest" className="font-mono text-xs break-all">{plugin.sha512}</code>],
          ]}
        />
        {publishers.isError && !publishers.data && <div className="mt-3"><Failure compact thrown={publishers.error} /></div>}
        {useCan('audit:read') && <Link to={`/audit?target=${encodeURIComponent(plugin.id)}`} className="mt-3 inline-block text-accent-ink hover:underline">{words.audit}</Link>}
      </Card>
      <Versions versions={plugin.versions} />
      <Card title={words.extensions}>
        {plugin.extensions.length === 0 ? <p className="text-soft">{words.extensionsNone}</p> : (
          <ul className="flex flex-col gap-1.5">
            {plugin.extensions.map((extension) => <li key={extension.kind + extension.name} className="flex gap-2"><Badge>{extension.kind}</Badge><code className="font-mono text-xs leading-5 break-all">{legible(extension.name)}</code></li>)}
          </ul>
        )}
      </Card>
      <Components components={plugin.components} />
      <Report id={plugin.id} version={plugin.sha512} />
    </div>
  );
}

const MOST_COMPONENTS = 500;

/** What of others is in it, by its own word. */
function Components({ components }: { components: string[] | undefined }) {
  return (
    <Card title={words.components}>
      {components === undefined || components.length === 0 ? <p className="text-soft">{components ? words.componentsNone : words.componentsUnsaid}</p> : (
        <>
          <p className="text-soft">{words.componentsLead(components.length)}</p>
          <ul tabIndex={0} aria-label={words.components} className="mt-2 flex max-h-72 flex-col gap-1.5 overflow-y-auto">
            {components.slice(0, MOST_COMPONENTS).map((component, at) => <li key={at}><code className="font-mono text-xs break-all">{legible(component, 500)}</code></li>)}
          </ul>
          {components.length > MOST_COMPONENTS && <p className="mt-2 text-soft">{words.componentsMore(components.length - MOST_COMPONENTS)}</p>}
        </>
      )}
    </Card>
  );
}

/** What it says of itself, as it stands in the file that was installed. */
function About({ id, version }: { id: string; version: string }) {
  const readme = useQuery({ queryKey: ['plugin-readme', id, version], queryFn: () => body(api.GET('/api/v1/plugins/{id}/readme', { params: { path: { id } } })) });
  if (readme.isError) return <Card title={words.readme}><Failure compact thrown={readme.error} /></Card>;
  if (!readme.data || readme.data.readme === '') return null;
  return <Card title={words.readme}><Markdown source={readme.data.readme} /></Card>;
}

function Report({ id, version }: { id: string; version: string }) {
  const [open, setOpen] = useState(false);
  const report = useQuery({ queryKey: ['plugin-report', id, version], queryFn: () => body(api.GET('/api/v1/plugins/{id}/report', { params: { path: { id } } })), enabled: open });
  return (
    <details className="rounded-card border bg-surface p-5 shadow-card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="font-semibold">{words.report}</summary>
      <div className="mt-3">{report.isError ? <Failure compact thrown={report.error} /> : report.data ? <Json value={report.data} label={words.report} /> : <Loading rows={2} />}</div>
    </details>
  );
}
