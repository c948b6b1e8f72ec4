import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MessagesSquare } from 'lucide-react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { api, body, done, type Schemas } from '@/api/client';
import { because } from '@/api/reason';
import { useCan, useSession } from '@/api/session';
import { useTenantName } from '@/api/tenants';
import { text } from '@/strings';
import { packs as words } from '@/strings/packs';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { Findings } from '@/ui/findings';
import { json, legible } from '@/ui/legible';
import { Long } from '@/ui/long';
import { Card, Page } from '@/ui/page';
import { propertiesOf, settingsOf } from '@/ui/schema';
import { SchemaForm } from '@/ui/schema-form';
import { Failure, Loading } from '@/ui/states';

/** A pack of one tenant: whether it is used, how it is set, and its agents. */
export function PackPage() {
  const { tenant = '', pack = '' } = useParams();
  const found = useQuery({
    queryKey: ['packs', tenant, pack],
    queryFn: () => body(api.GET('/api/v1/tenants/{tenant}/packs/{pack}', { params: { path: { tenant, pack } } })),
  });
  const name = useTenantName(tenant);
  const back = <Link to="/packs" className="text-accent-ink hover:underline">← {words.back}</Link>;
  if (found.isError && !found.data) return <Page title={pack} back={back}><Failure thrown={found.error} retry={() => void found.refetch()} /></Page>;
  if (!found.data) return <Page title={pack} back={back}><Loading /></Page>;
  return <Found pack={found.data} tenant={tenant} name={name} back={back} />;
}

function Found({ pack, tenant, name, back }: { pack: Schemas['Pack']; tenant: string; name: string; back: React.ReactNode }) {
  const may = useCan('packs:write');
  const queries = useQueryClient();
  const [leaving, setLeaving] = useState(false);
  const path = { tenant, pack: pack.id };
  const again = () => queries.invalidateQueries({ predicate: (query) => ['packs', 'agents'].includes(String(query.queryKey[0])) });
  const saving = useMutation({
    mutationFn: (configuration: Record<string, unknown>) => body(api.PUT('/api/v1/tenants/{tenant}/packs/{pack}', {
      params: { path, header: { 'If-Match': pack.etag } }, body: { configuration },
    })),
    onSuccess: again,
  });
  // A look first: the server checks the configuration, and says what the pack would be.
  const looking = useMutation({
    mutationFn: (configuration: Record<string, unknown>) => body(api.PUT('/api/v1/tenants/{tenant}/packs/{pack}', {
      params: { path, header: { 'If-Match': pack.etag } }, body: { configuration, dryRun: true },
    })),
  });
  return (
    <Page
      title={pack.title}
      back={back}
      lead={<span className="flex flex-wrap items-center gap-2"><Badge tone={pack.enabled ? 'good' : 'soft'} dot>{pack.enabled ? words.enabled : words.disabled}</Badge>{words.of(name)}{pack.version !== undefined && <span className="tabular">· {pack.version}</span>}</span>}
      actions={may && pack.enabled && <Button onClick={() => setLeaving(true)}>{words.disable}</Button>}
    >
      {pack.version === undefined && <p role="status" className="rounded-lg bg-warn-wash px-4 py-3 text-warn">{words.gone}</p>}
      <p className="max-w-3xl break-words"><Long written={pack.description} /></p>
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Card title={words.configuration}>
          <SchemaForm
            schema={pack.configurationSchema}
            value={pack.configuration}
            under="/configuration"
            busy={saving.isPending || looking.isPending}
            thrown={pack.enabled ? saving.error : looking.error}
            submit={pack.enabled ? words.save : words.enableWith}
            readOnly={!may}
            onSubmit={(configuration) => (pack.enabled ? saving : looking).mutate(configuration)}
          />
          <p role="status" className="mt-2 text-good">{saving.isSuccess && text.common.form.saved}</p>
        </Card>
        <Agents pack={pack} tenant={tenant} />
      </div>
      {looking.data && !pack.enabled && (
        <Enabling
          before={pack}
          after={looking.data}
          tenant={name}
          onClose={() => looking.reset()}
          run={() => saving.mutateAsync(looking.data.configuration)}
        />
      )}
      {leaving && (
        <Confirm
          danger
          title={words.disableTitle(pack.title, name)}
          action={words.disable}
          typed={pack.id}
          reason="optional"
          onClose={() => setLeaving(false)}
          run={async (reason) => {
            await done(api.DELETE('/api/v1/tenants/{tenant}/packs/{pack}', { params: { path }, headers: because(reason) }));
            await again();
          }}
        >
          <p>{words.disableDetail}</p>
        </Confirm>
      )}
    </Page>
  );
}

/** What enabling would change, as the server told it when it was only asked; the consent is to exactly that. */
function Enabling({ before, after, tenant, run, onClose }: { before: Schemas['Pack']; after: Schemas['Pack']; tenant: string; run: () => Promise<unknown>; onClose: () => void }) {
  const settings = settingsOf(propertiesOf(after.configurationSchema), after.configuration);
  return (
    <Confirm danger={false} title={words.enableTitle(before.title, tenant)} action={words.enable} onClose={onClose} run={run}>
      <p>{words.enableDetail}</p>
      <section className="rounded-lg bg-sunken p-3">
        <h3 className="mb-1 font-medium">{words.changes}</h3>
        <ul className="flex flex-col gap-1.5">
          {after.agents.map((agent) => <li key={agent.id} className="flex flex-wrap items-center gap-2"><Badge tone="good">{words.newAgent}</Badge>{legible(agent.name)}<code className="font-mono text-xs break-all text-soft">{agent.id}</code><Warnings agent={agent} /></li>)}
          {settings.map(({ name, value }) => <li key={name} className="flex flex-wrap items-center gap-2"><Badge tone="info">{words.set}</Badge>{legible(name)}<code className="font-mono text-xs break-all">{json(value)}</code></li>)}
          {settings.length === 0 && <li className="text-soft">{words.nothingSet}</li>}
        </ul>
      </section>
      <p className="text-soft">{words.othersStay}</p>
    </Confirm>
  );
}

function Agents({ pack, tenant }: { pack: Schemas['Pack']; tenant: string }) {
  const session = useSession();
  const here = (tenant === 'self' || tenant === session.tenant) && session.can('executions:write');
  return (
    <Card title={words.agents} flush>
      <ul>
        {pack.agents.map((agent) => (
          <li key={agent.id} className="flex items-center gap-3 border-b px-5 py-3 last:border-0">
            <div className="min-w-0 flex-1">
              <p className="font-medium break-words">{legible(agent.name)}</p>
              <p className="break-words text-soft"><Long written={agent.description} /></p>
              <p className="font-mono text-xs text-soft">{agent.id}</p>
              <Warnings agent={agent} />
            </div>
            {here && pack.enabled && (
              <Link to={`/chat?agent=${encodeURIComponent(agent.id)}`} className={buttonClass('primary')}><MessagesSquare size={16} aria-hidden />{words.tryIt}</Link>
            )}
          </li>
        ))}
      </ul>
      {!pack.enabled && <p className="px-5 py-3 text-soft">{words.tryDisabled}</p>}
    </Card>
  );
}

/** What may go wrong with the graph of an agent; nothing is shown when there is nothing. */
function Warnings({ agent: { warnings = [] } }: { agent: Schemas['Pack']['agents'][number] }) {
  if (warnings.length === 0) return null;
  return <div role="group" aria-label={words.warnings} className="mt-2 basis-full"><Findings findings={warnings} /></div>;
}
