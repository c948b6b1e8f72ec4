import { useQuery } from '@tanstack/react-query';
import { text } from '@/strings';
import { api, body } from './client';
import { useCan, useSession } from './session';

/** What a tenant is called, as far as one may know it. */
export function useTenantName(tenant: string): string {
  const { login, tenant: own } = useSession();
  const mine = tenant === own || tenant === 'self';
  const id = mine ? (own ?? tenant) : tenant;
  const found = useQuery({
    queryKey: ['tenants', id],
    queryFn: () => body(api.GET('/api/v1/tenants/{tenant}', { params: { path: { tenant: id } } })),
    enabled: useCan('tenants:read'),
  });
  return found.data?.name ?? (mine ? (login?.tenant?.name ?? text.common.tenant.self) : tenant);
}
