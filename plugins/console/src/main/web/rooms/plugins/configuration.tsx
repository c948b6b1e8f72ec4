import { useMutation, useQuery } from '@tanstack/react-query';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { unreachable } from '@/api/problem';
import { plugins as words } from '@/strings/plugins';
import { Card } from '@/ui/page';
import { SchemaForm } from '@/ui/schema-form';
import { Failure } from '@/ui/states';

/** A plugin's configuration for the whole server, by its schema; a change loads it anew. */
export function Configuration({ plugin, follow }: { plugin: Schemas['Plugin']; follow: (operation: Schemas['Operation']) => void }) {
  const { id } = plugin;
  const may = useCan('plugins:write');
  // Its ETag is in the header only; what the page asks for every few seconds must not change what somebody types.
  const present = useQuery({
    queryKey: ['plugin-configuration', id, plugin.version],
    queryFn: async () => {
      const { data, response } = await api.GET('/api/v1/plugins/{id}', { params: { path: { id } } });
      if (!data) throw unreachable();
      return { configuration: data.configuration ?? {}, schema: data.configurationSchema ?? {}, etag: response.headers.get('ETag') ?? '' };
    },
  });
  const saving = useMutation({
    mutationFn: async (configuration: Record<string, unknown>) => {
      const { data } = await api.PUT('/api/v1/plugins/{id}/configuration', {
        params: { path: { id }, header: { 'If-Match': present.data?.etag ?? '' } }, body: configuration,
      });
      if (data) follow(data);
      await present.refetch();
    },
  });
  if (present.isError && !present.data) return <Card title={words.configuration}><Failure compact thrown={present.error} /></Card>;
  if (!present.data || Object.keys(present.data.schema).length === 0) return null;
  return (
    <Card title={words.configuration}>
      <SchemaForm
        schema={present.data.schema}
        value={present.data.configuration}
        under=""
        busy={saving.isPending}
        thrown={saving.error}
        submit={words.save}
        readOnly={!may}
        onSubmit={(configuration) => saving.mutate(configuration)}
      />
    </Card>
  );
}
