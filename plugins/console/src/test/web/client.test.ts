import { beforeAll, expect, it, vi } from 'vitest';
import type { api as Api } from '@/api/client';

const sent: string[] = [];
let answer: () => Response;
let api: typeof Api;

beforeAll(async () => {
  vi.stubGlobal('location', new URL('http://localhost/console/'));
  vi.stubGlobal('sessionStorage', { getItem: () => null });
  vi.stubGlobal('fetch', async (request: Request | string) => {
    sent.push(typeof request === 'string' ? request : await request.text());
    return answer();
  });
  ({ api } = await import('@/api/client'));
});

it('a number is sent back as it was answered', async () => {
  const { writeJson } = await import('@/api/exact');
  const text = '{"arguments":{"amount":9007199254740993}}';
  for (const length of [undefined, String(text.length)]) {
    answer = () => new Response(text, { headers: { 'Content-Type': 'application/json', ETag: '"1"', ...(length === undefined ? {} : { 'Content-Length': length }) } });
    const { data, response } = await api.GET('/api/v1/approvals/{id}', { params: { path: { id: 'apr_1' } } });
    expect(writeJson(data)).toBe(text);
    expect(response.headers.get('ETag')).toBe('"1"');
    await api.POST('/api/v1/approvals/{id}/approve', {
      params: { path: { id: 'apr_1' }, header: { 'Idempotency-Key': 'k' } },
      body: { nonce: 'n', arguments: data?.arguments ?? {} },
    });
    expect(sent.at(-1)).toBe('{"nonce":"n","arguments":{"amount":9007199254740993}}');
  }
});

it('an answer without a body is none', async () => {
  for (const empty of [() => new Response(null, { status: 204 }), () => new Response('', { headers: { 'Content-Type': 'application/json' } })]) {
    answer = empty;
    expect((await api.GET('/api/v1/plugins')).data).toBeUndefined();
  }
});

it('a file that does not come is a server that does not answer, and no defect of the console', async () => {
  const { asked, save } = await import('@/api/client');
  answer = () => {
    throw new TypeError('Failed to fetch');
  };
  await expect(save('/api/v1/audit/export', 'audit.jsonl')).rejects.toMatchObject({ code: 'console:UNREACHABLE' });
  answer = () => new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError('network error')) }));
  await expect(save('/api/v1/audit/export', 'audit.jsonl')).rejects.toMatchObject({ code: 'console:UNREACHABLE' });
  answer = () => {
    throw new DOMException('', 'AbortError');
  };
  await expect(asked('/api/v1/plugins')).rejects.toMatchObject({ name: 'AbortError' });
});

it('who is not known any more is told so, whatever was asked for', async () => {
  const { asked, whenUnknown } = await import('@/api/client');
  let heard = 0;
  whenUnknown(() => heard++);
  answer = () => new Response('{"code":"identity:UNAUTHENTICATED"}', { status: 401 });
  await expect(asked('/api/v1/audit/export')).rejects.toMatchObject({ status: 401, code: 'identity:UNAUTHENTICATED' });
  await expect(asked('/api/v1/login')).rejects.toMatchObject({ status: 401 });
  expect(heard).toBe(1);
});

it('a list is read to its end', async () => {
  const { every } = await import('@/api/client');
  const pages: Record<string, { items: number[]; next: string | null }> = {
    '': { items: [1, 2], next: 'a' }, a: { items: [], next: 'b' }, b: { items: [3], next: null },
  };
  const asked: (string | undefined)[] = [];
  const all = await every(({ limit, cursor }) => {
    expect(limit).toBe('200');
    asked.push(cursor);
    return Promise.resolve(pages[cursor ?? ''] ?? { items: [], next: null });
  });
  expect(all).toEqual({ items: [1, 2, 3], next: null });
  expect(asked).toEqual([undefined, 'a', 'b']);
});
