import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { api, body, type Schemas } from '@/api/client';
import { writeJson } from '@/api/exact';
import { useCan } from '@/api/session';
import { useTenantName } from '@/api/tenants';
import { text } from '@/strings';
import { packs as words } from '@/strings/packs';
import { TextField } from '@/ui/field';
import { Card, Page } from '@/ui/page';
import { withNeeded } from '@/ui/schema';
import { SchemaForm } from '@/ui/schema-form';
import { Failure, Loading } from '@/ui/states';

/** What a tenant has of its own for one plugin: configuration, and secrets that are written and never read. */
export function PluginSettingsPage() {
  const { tenant = '', plugin = '' } = useParams();
  const name = useTenantName(tenant);
  const found = useQuery({
    queryKey: ['tenant-plugins', tenant, plugin],
    queryFn: () => body(api.GET('/api/v1/tenants/{tenant}/plugins/{plugin}', { params: { path: { tenant, plugin } } })),
  });
  return (
    <Page title={plugin} lead={words.of(name)} back={<Link to="/packs" className="text-accent-ink hover:underline">← {words.back}</Link>}>
      {found.isError && !found.data ? <Failure thrown={found.error} retry={() => void found.refetch()} /> : found.data
        ? <Card title={words.configuration}><Settings tenant={tenant} plugin={found.data} /></Card>
        : <Loading />}
    </Page>
  );
}

function Settings({ tenant, plugin }: { tenant: string; plugin: Schemas['TenantPlugin'] }) {
  const may = useCan('packs:write');
  const queries = useQueryClient();
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [forgotten, setForgotten] = useState<string[]>([]);
  const saving = useMutation({
    mutationFn: (configuration: Record<string, unknown>) => {
      const secrets: Record<string, string | null> = {};
      for (const { name } of plugin.secrets) {
        if (forgotten.includes(name)) secrets[name] = null;
        else if (typed[name]) secrets[name] = typed[name];
      }
      // A tenant with a configuration of its own is not given the server's secrets, so that one is set only when it differs.
      const changed = writeJson(configuration) !== writeJson(withNeeded(plugin.configurationSchema, plugin.configuration));
      return body(api.PUT('/api/v1/tenants/{tenant}/plugins/{plugin}', {
        params: { path: { tenant, plugin: plugin.id }, header: { 'If-Match': plugin.etag } },
        body: { ...(changed ? { configuration } : {}), ...(Object.keys(secrets).length > 0 ? { secrets } : {}) },
      }));
    },
    onSuccess: async () => {
      setTyped({});
      setForgotten([]);
      await queries.invalidateQueries({ queryKey: ['tenant-plugins'] });
    },
  });
  return (
    <>
      <SchemaForm
        schema={plugin.configurationSchema}
        value={plugin.configuration}
        under="/configuration"
        busy={saving.isPending}
        thrown={saving.error}
        submit={words.save}
        readOnly={!may}
        onSubmit={(configuration) => saving.mutate(configuration)}
      >
        {plugin.secrets.map(({ name, set }) => (
          <div key={name} className="flex flex-col gap-1.5">
            <TextField
              label={name}
              type="password"
              autoComplete="off"
              spellCheck={false}
              hint={set ? words.secretSet : words.secretUnset}
              value={typed[name] ?? ''}
              disabled={forgotten.includes(name)}
              onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
            />
            {set && (
              <label className="flex items-center gap-2">
                <input type="checkbox" className="size-4 accent-bad" checked={forgotten.includes(name)} onChange={(event) => setForgotten(event.target.checked ? [...forgotten, name] : forgotten.filter((other) => other !== name))} />
                {words.forget}
              </label>
            )}
          </div>
        ))}
      </SchemaForm>
      <p role="status" className="mt-2 text-good">{saving.isSuccess && text.common.form.saved}</p>
    </>
  );
}
