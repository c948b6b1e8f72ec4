import createClient, { type Middleware } from 'openapi-fetch';
import { connection } from './connection';
import { credential, credentialHeaders } from './credential';
import { readJson, writeJson } from './exact';
import { problemOf, unreachable } from './problem';
import { server } from './server';
import type { components, paths } from '@api-schema';

export type Schemas = components['schemas'];

/** Hears that the server does not know the caller any more, or not the tenant that is acted for. */
let onUnknown: (what: 'caller' | 'tenant') => void = () => undefined;

export function whenUnknown(listener: (what: 'caller' | 'tenant') => void) {
  onUnknown = listener;
}

const everyRequest: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(credentialHeaders(request.method))) request.headers.set(name, value);
    return request;
  },
  async onResponse({ response, request }) {
    connection.heard();
    if (response.ok) return exactly(response);
    if (response.status === 304) return;
    const problem = await problemOf(response);
    if (!new URL(request.url).pathname.startsWith('/api/v1/login')) {
      if (problem.status === 401) onUnknown('caller');
      // It may be another one that the request has named; who is asked again is told.
      else if (problem.code === 'tenancy:UNKNOWN_TENANT' && credential.tenant) onUnknown('tenant');
    }
    throw problem;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    connection.lost();
    return unreachable();
  },
};

/** The answer with its numbers as they are written: the client reads a body of which it knows the length by `json`. */
async function exactly(response: Response): Promise<Response | undefined> {
  if (!response.headers.get('Content-Type')?.startsWith('application/json')) return undefined;
  const { status, statusText, headers } = response;
  const text = await response.text();
  const read = new Response(text, { status, statusText, headers: { ...Object.fromEntries(headers), 'Content-Length': String(text.length) } });
  read.json = () => Promise.resolve(text === '' ? undefined : readJson(text));
  return read;
}

/** The public API, typed from its description: a change of it that concerns the console breaks the console's build. */
export const api = createClient<paths>({ baseUrl: server.origin, credentials: 'same-origin', bodySerializer: (content) => writeJson(content) });
api.use(everyRequest);

/** The answer's body. What is no success was thrown as a Problem. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const { data } = await answer;
  if (data === undefined || data === null) throw unreachable();
  return data;
}

/** For what answers without a body. */
export async function done(answer: Promise<unknown>): Promise<void> {
  await answer;
}

/** 128 random bits in hexadecimal. A page that came without TLS has no `crypto.randomUUID`. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Marks one try of a person to cause something, so that a repeated request causes it once. */
export function once(): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': randomId() };
}

const MOST_ON_A_PAGE = '200';

/**
 * All items of a list, page after page, for where a person is to see or choose among them all.
 *
 * @param load asks for the page that the query says
 */
export async function every<T>(load: (query: { limit: string; cursor?: string }) => Promise<{ items: T[]; next: string | null }>): Promise<{ items: T[]; next: null }> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: T[]; next: string | null } = await load({ limit: MOST_ON_A_PAGE, ...(cursor === null ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return { items, next: null };
}
