import { api, body, type Schemas } from '@/api/client';
import { forTenant } from '@/api/credential';
import type { Kind } from './target';

export type Switch = Schemas['KillSwitch'];

/** An agent's name has a slash, which stays one in the address. */
const pathSerializer = (address: string, { kind, id }: Record<string, unknown>) =>
  address.replace('{kind}', () => String(kind)).replace('{id}', () => String(id).split('/').map(encodeURIComponent).join('/'));

/** Stops something for the tenant that is acted for; the whole server is no tenant's, whichever is chosen. */
export function engage(kind: Kind, id: string, reason: string, dryRun: boolean) {
  return body(api.PUT('/api/v1/kill-switches/{kind}/{id}', {
    params: { path: { kind, id }, query: dryRun ? { dryRun: 'true' } : {} }, body: { reason }, pathSerializer,
    headers: kind === 'platform' ? forTenant(undefined) : {},
  }));
}

/** Lifts that one, and none of the same name that holds for others. */
export function lift({ kind, target, tenant }: Pick<Switch, 'kind' | 'target' | 'tenant'>, reason: string) {
  return body(api.DELETE('/api/v1/kill-switches/{kind}/{id}', { params: { path: { kind, id: target }, query: { reason } }, pathSerializer, headers: forTenant(tenant) }));
}
