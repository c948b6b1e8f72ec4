import createClient, { type Middleware } from 'openapi-fetch';
import { connection } from './connection';
import { credential, credentialHeaders, sayWhoAsks } from './credential';
import { readJson, writeJson } from './exact';
import { problemOf, unreachable, type Problem } from './problem';
import { at, server } from './server';
import type { components, paths } from '@api-schema';

export type Schemas = components['schemas'];

/** Hears that the server does not know the caller any more, or not the tenant that is acted for. */
let onUnknown: () => void = () => undefined;

export function whenUnknown(listener: () => void) {
  onUnknown = listener;
}

const everyRequest: Middleware = {
  onRequest({ request }) {
    sayWhoAsks(request);
    return request;
  },
  async onResponse({ response, request }) {
    connection.heard();
    if (response.ok) return exactly(response);
    if (response.status === 304) return;
    throw await refusal(response, request.url);
  },
  onError: ({ error }) => lost(error),
};

/** Why it was refused; whoever looks after the login is told when it is for its sake. */
async function refusal(response: Response, address: string): Promise<Problem> {
  const problem = await problemOf(response);
  if (!new URL(address).pathname.startsWith('/api/v1/login')) {
    // The tenant may be another one that the request has named; who is asked again is told.
    if (problem.status === 401 || (problem.code === 'tenancy:UNKNOWN_TENANT' && credential.tenant)) onUnknown();
  }
  return problem;
}

/** What became of a request without an answer; nothing is wrong when nobody waits for it any more. */
function lost(error: unknown): Problem | undefined {
  if (error instanceof DOMException && error.name === 'AbortError') return undefined;
  connection.lost();
  return unreachable();
}

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

/** What has come; that nothing came is thrown as a Problem. */
async function arrived<T>(coming: Promise<T>): Promise<T> {
  try {
    return await coming;
  } catch (thrown) {
    const problem = lost(thrown);
    if (problem) throw problem;
    throw thrown;
  }
}

/** Asks for what is no JSON, or with what is none. What is no success is thrown as a Problem. */
export async function asked(path: string, { headers, method = 'GET', ...rest }: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {}): Promise<Response> {
  const address = at(path);
  const response = await arrived(fetch(address, { credentials: 'same-origin', method, headers: { ...credentialHeaders(method), ...headers }, ...rest }));
  connection.heard();
  if (!response.ok) throw await refusal(response, address);
  return response;
}

/** Hands a file to the browser; a link to it could not say who asks. */
export async function save(path: string, name: string): Promise<void> {
  const response = await asked(path);
  const address = URL.createObjectURL(await arrived(response.blob()));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

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
