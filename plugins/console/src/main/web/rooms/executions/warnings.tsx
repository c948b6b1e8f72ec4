import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { api, body } from '@/api/client';
import { text } from '@/strings';
import { plain } from '@/ui/legible';
import { Card } from '@/ui/page';

const words = text.executions.warnings;

/** What may go wrong with a graph although nothing is known to be; nothing is shown when there is nothing. */
export function Warnings({ graph: { id, version } }: { graph: { id: string; version: number } }) {
  const validity = useQuery({
    queryKey: ['graphs', id, version, 'validity'],
    queryFn: () => body(api.GET('/api/v1/graphs/{id}/validity', { params: { path: { id }, query: { version: String(version) } } })),
    staleTime: Infinity,
  });
  const warnings = validity.data?.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <Card title={words.title}>
      <ul className="flex flex-col gap-3">
        {warnings.map(({ pointer, message }) => (
          <li key={pointer + message} className="flex gap-2.5">
            <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
            <span className="min-w-0 break-words">{plain(message)}<code className="block font-mono text-xs break-all text-soft">{pointer}</code></span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
