import { body, api, once, type Schemas } from '@/api/client';
import { credentialHeaders } from '@/api/credential';
import { problemOf } from '@/api/problem';

export type PermissionRequest = Schemas['PermissionRequest'] & { granted?: boolean };

/** What an installation would do, as the server tells it when it is only asked. */
export interface Plan {
  plugins: PlanStep[];
  dependants: string[];
  warnings: unknown[];
}

export interface PlanStep {
  id: string;
  version: string;
  previous?: string;
  sha512: string;
  action: string;
  signer?: { name: string; fingerprint: string };
  permissions: PermissionRequest[];
  changes: Schemas['PermissionChange'][];
  newPermissions: string[];
}

/** Where a plugin comes from, and which installed one it takes the place of. */
export type Source =
  | { from: 'listing'; listing: string; version?: string; swap: boolean }
  | { from: 'file'; file: File; swap?: string | undefined }
  | { from: 'pending'; plugin: string };

/** What was agreed to. */
export interface Agreed {
  permissions: string[];
  critical: boolean;
  sha512: string;
}

interface Terms {
  acceptPermissions?: string[];
  acceptCritical?: boolean;
  sha512?: string;
  dryRun?: boolean;
}

/** The plugin that is replaced; undefined when one is installed. */
export function swapped(source: Source): string | undefined {
  if (source.from === 'pending') return source.plugin;
  if (source.from === 'listing') return source.swap ? source.listing : undefined;
  return source.swap;
}

async function upload(file: File, swap: string | undefined, terms: Terms): Promise<unknown> {
  const query = new URLSearchParams();
  terms.acceptPermissions?.forEach((permission) => query.append('acceptPermissions', permission));
  if (terms.acceptCritical) query.set('acceptCritical', 'true');
  if (terms.dryRun) query.set('dryRun', 'true');
  const path = swap === undefined ? '/api/v1/plugins' : `/api/v1/plugins/${encodeURIComponent(swap)}/swap`;
  const response = await fetch(`${path}?${query.toString()}`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { ...credentialHeaders('POST'), ...once(), 'Content-Type': 'application/java-archive' },
    body: file,
  });
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

function send(source: Source, terms: Terms): Promise<unknown> {
  if (source.from === 'file') return upload(source.file, source.swap, terms);
  if (source.from === 'pending') {
    return body(api.POST('/api/v1/plugins/{id}/swap', {
      params: { path: { id: source.plugin }, header: once() }, body: { pending: true, ...terms },
    }));
  }
  const { listing, version } = source;
  const wanted = { listing, ...(version === undefined ? {} : { version }), ...terms };
  if (source.swap) return body(api.POST('/api/v1/plugins/{id}/swap', { params: { path: { id: listing }, header: once() }, body: wanted }));
  return body(api.POST('/api/v1/plugins', { params: { header: once() }, body: wanted }));
}

export async function planOf(source: Source): Promise<Plan> {
  return (await send(source, { dryRun: true })) as Plan;
}

/** Begins it; the answer is the operation. */
export async function begin(source: Source, agreed: Agreed): Promise<Schemas['Operation']> {
  const { permissions, critical, sha512 } = agreed;
  const terms: Terms = { acceptPermissions: permissions, acceptCritical: critical, ...(source.from === 'file' ? {} : { sha512 }) };
  return (await send(source, terms)) as Schemas['Operation'];
}
