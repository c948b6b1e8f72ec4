import { useQueries } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { api, body, type Schemas } from '@/api/client';

type Execution = Schemas['Execution'];

/**
 * Other answers to what was said: forks of a turn's execution, which belong to no session, so that the conversation goes
 * on as if they had not been asked for. The address names them.
 */
export function useVariants(): { of: (execution: string) => Execution[]; add: (execution: string) => void } {
  const [search, setSearch] = useSearchParams();
  const found = useQueries({
    queries: search.getAll('again').map((id) => ({
      queryKey: ['executions', id],
      queryFn: () => body(api.GET('/api/v1/executions/{id}', { params: { path: { id } } })),
    })),
  });
  return {
    of: (execution) => found.flatMap(({ data }) => (data?.origin?.execution === execution ? [data] : [])),
    add: (id) => setSearch((now) => {
      now.append('again', id);
      return now;
    }, { replace: true }),
  };
}
