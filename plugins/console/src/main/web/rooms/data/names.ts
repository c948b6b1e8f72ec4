import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { useCan } from '@/api/session';
import type { Names } from '@/rooms/approvals/who';

const MOST = '200';

/** The users of the tenant, for whoever may see them. */
export function useUsers() {
  const may = useCan('users:read');
  return useQuery({ queryKey: ['users', 'choices'], queryFn: () => body(api.GET('/api/v1/users', { params: { query: { limit: MOST } } })), enabled: may });
}

/** What users and keys of the tenant are called, as far as one may see them; who is gone has no name any more. */
export function useNames(): Names {
  const may = useCan('api-keys:read');
  const users = useUsers();
  const keys = useQuery({ queryKey: ['api-keys', 'choices'], queryFn: () => body(api.GET('/api/v1/api-keys', { params: { query: { limit: MOST } } })), enabled: may });
  return Object.fromEntries([...(users.data?.items ?? []), ...(keys.data?.items ?? [])].map(({ id, name }) => [id, name]));
}
