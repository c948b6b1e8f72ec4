import { useQuery } from '@tanstack/react-query';
import { api, body } from './client';

const MOST = '200';

/**
 * The users of the tenant to choose from, the first of them if there are many.
 *
 * @param may whether they are asked for
 */
export function useUsers(may = true) {
  return useQuery({ queryKey: ['users', 'choices'], queryFn: () => body(api.GET('/api/v1/users', { params: { query: { limit: MOST } } })), enabled: may });
}
