import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api/client';

/** One checkpoint with its values; it never changes. Nothing is asked for when there is no such number. */
export function useCheckpoint(execution: string, number: number | undefined) {
  return useQuery({
    queryKey: ['executions', execution, 'checkpoints', number],
    queryFn: () => body(api.GET('/api/v1/executions/{id}/checkpoints/{number}', { params: { path: { id: execution, number: String(number) } } })),
    enabled: number !== undefined && number >= 0,
    staleTime: Infinity,
    retry: false,
  });
}

/** The graph that an execution is pinned to; it never changes. */
export function useGraph(graph: { id: string; version: number }, may: boolean) {
  const { id, version } = graph;
  return useQuery({
    queryKey: ['graphs', id, version],
    queryFn: () => body(api.GET('/api/v1/graphs/{id}', { params: { path: { id }, query: { version: String(version) } } })),
    staleTime: Infinity,
    enabled: may,
  });
}
