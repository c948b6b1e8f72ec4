import type { Attempt } from '@/api/attempt';
import { api, asked, body, once, type Schemas } from '@/api/client';
import { identityOf } from './identity';

export type PermissionRequest = Schemas['PermissionRequest'];
export type Plan = Schemas['InstallPlan'];
export type PlanStep = Schemas['InstallStep'];

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

type Answer = Plan | Schemas['Operation'];

async function upload(header: ReturnType<typeof once>, file: File, swap: string | undefined, terms: Terms, signal?: AbortSignal): Promise<Answer> {
  const query = new URLSearchParams();
  terms.acceptPermissions?.forEach((permission) => query.append('acceptPermissions', permission));
  if (terms.acceptCritical) query.set('acceptCritical', 'true');
  if (terms.sha512) query.set('sha512', terms.sha512);
  if (terms.dryRun) query.set('dryRun', 'true');
  const path = swap === undefined ? '/api/v1/plugins' : `/api/v1/plugins/${encodeURIComponent(swap)}/swap`;
  const response = await asked(`${path}?${query.toString()}`, {
    method: 'POST', headers: { ...header, 'Content-Type': 'application/java-archive' }, body: file, ...(signal ? { signal } : {}),
  });
  return (await response.json()) as Answer;
}

function send(header: ReturnType<typeof once>, source: Source, terms: Terms, signal?: AbortSignal): Promise<Answer> {
  if (source.from === 'file') return upload(header, source.file, source.swap, terms, signal);
  if (source.from === 'pending') {
    return body(api.POST('/api/v1/plugins/{id}/swap', {
      params: { path: { id: source.plugin }, header }, body: { pending: true, ...terms },
    }));
  }
  const { listing, version } = source;
  const wanted = { listing, ...(version === undefined ? {} : { version }), ...terms };
  if (source.swap) return body(api.POST('/api/v1/plugins/{id}/swap', { params: { path: { id: listing }, header }, body: wanted }));
  return body(api.POST('/api/v1/plugins', { params: { header }, body: wanted }));
}

/** What it would do; nothing is done. */
export async function planOf(source: Source, signal: AbortSignal): Promise<Plan> {
  const answer = await send(once(), source, { dryRun: true }, signal);
  if ('plugins' in answer) return answer;
  throw new Error('The server began what it was only asked about');
}

/** Begins it; the answer is the operation. */
export async function begin(attempt: Attempt, source: Source, agreed: Agreed): Promise<Schemas['Operation']> {
  const { permissions, critical, sha512 } = agreed;
  const terms = { acceptPermissions: permissions, acceptCritical: critical, sha512 };
  const answer = await attempt([identityOf(source), terms], (header) => send(header, source, terms));
  if ('plugins' in answer) throw new Error('The server was asked to begin, and only looked');
  return answer;
}
