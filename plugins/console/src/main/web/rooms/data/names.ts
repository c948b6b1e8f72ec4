import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { useCan } from '@/api/session';
import { useUsers } from '@/api/users';
import type { Names } from '@/rooms/approvals/who';

const MOST = '200';

/** What users and keys of the tenant are called, as far as one may see them; who is gone has no name any more. */
export function useNames(): Names {
  const may = useCan('api-keys:read');
  const users = useUsers(useCan('users:read'));
  const keys = useQuery({ queryKey: ['api-keys', 'choices'], queryFn: () => body(api.GET('/api/v1/api-keys', { params: { query: { limit: MOST } } })), enabled: may });
  return Object.fromEntries([...(users.data?.items ?? []), ...(keys.data?.items ?? [])].map(({ id, name }) => [id, name]));
}
