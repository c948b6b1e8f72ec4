import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { text } from '@/strings';
import { Findings } from '@/ui/findings';
import { Card } from '@/ui/page';

const words = text.executions.warnings;

/** Why a graph cannot be executed now, and what may go wrong; nothing is shown when there is nothing. */
export function Warnings({ graph: { id, version } }: { graph: { id: string; version: number } }) {
  const validity = useQuery({
    queryKey: ['graphs', id, version, 'validity'],
    queryFn: () => body(api.GET('/api/v1/graphs/{id}/validity', { params: { path: { id }, query: { version: String(version) } } })),
    staleTime: Infinity,
  });
  const { errors = [], warnings = [] } = validity.data ?? {};
  return (
    <>
      {errors.length > 0 && (
        <Card title={words.errors}>
          <Findings findings={errors} />
        </Card>
      )}
      {warnings.length > 0 && (
        <Card title={words.title}>
          <Findings findings={warnings} />
        </Card>
      )}
    </>
  );
}
