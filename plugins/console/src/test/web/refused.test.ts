import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement, type ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

vi.hoisted(() => {
  vi.stubGlobal('location', { pathname: '/console/', origin: 'http://127.0.0.1' });
  vi.stubGlobal('sessionStorage', { getItem: () => null });
  vi.stubGlobal('localStorage', { getItem: () => null });
});

const { pauseAfter } = await import('../../main/web/api/live');
const { Problem, problemOf } = await import('../../main/web/api/problem');
const { SessionProvider } = await import('../../main/web/api/session');
const { Failure } = await import('../../main/web/ui/states');

const identity = { root: { version: '1', principal: { id: 'usr_1', scopes: [] } } } as never;
const inSession = (inside: ReactElement) => renderToStaticMarkup(
  createElement(QueryClientProvider, { client: new QueryClient() }, createElement(SessionProvider, { identity, children: inside })),
);

describe('what was sent when the sign-in had ended', () => {
  const thrown = new Problem({ status: 401, code: 'tenancy:UNAUTHENTICATED', detail: 'The request carries no valid credential.', action: 'Send a key.' });
  const failure = createElement(Failure, { compact: true, thrown });

  it('is not done yet, and can be sent again: nothing is wrong any more', () => {
    const shown = inSession(failure);
    expect(shown).toContain('This is not done yet');
    expect(shown).toContain('Send it once more.');
    for (const part of ['role="alert"', 'no valid credential', 'bad', 'UNAUTHENTICATED']) expect(shown).not.toContain(part);
  });

  it('is another thing at the door, where the credential is wrong', () => {
    const shown = renderToStaticMarkup(failure);
    expect(shown).toContain('role="alert"');
    expect(shown).toContain('no valid credential');
  });
});

describe('what was asked for too often', () => {
  const NOW = Date.parse('2026-01-02T03:04:05Z');
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const answer = (retryAfter: string | undefined, content: string | null = null) => problemOf(new Response(content, { status: 429, headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter } }));
  const shown = async (retryAfter: string | undefined, content?: string, compact = true) => {
    const thrown = await answer(retryAfter, content);
    return () => renderToStaticMarkup(createElement(Failure, { compact, thrown }));
  };
  const login = JSON.stringify({ code: 'identity:LOGIN_RATE_LIMITED', detail: 'Too many attempts to log in have failed.', action: 'Try again when the seconds of Retry-After are over.' });

  it('is asked for again no sooner than the server says, by a stream of events as well', async () => {
    expect([0, 1, 5, 9].map((failures) => pauseAfter(failures, undefined))).toEqual([500, 1_000, 15_000, 15_000]);
    const pauses = ['30', '1', undefined, '86400'].map(async (retryAfter) => pauseAfter(2, await answer(retryAfter)));
    expect(await Promise.all(pauses)).toEqual([30_000, 2_000, 2_000, 600_000]);
  });

  it('says from when on it may be tried again, and then that it may', async () => {
    for (const compact of [true, false]) {
      const at = await shown('30', login, compact);
      expect(at()).toContain('Too many attempts to log in have failed.');
      expect(at()).toMatch(/Try again in 30 sec\., from Jan \d, 2026, \d\d:\d\d:35 [^<]* on\./);
      expect(at()).not.toContain('Retry-After');
      vi.setSystemTime(NOW + 30_000);
      expect(at()).toContain('It can be tried again now.');
      expect(at()).not.toContain('from Jan');
      vi.setSystemTime(NOW);
    }
  });

  it('says what else there is to do as well', async () => {
    const quota = JSON.stringify({ code: 'quotas:QUOTA_EXCEEDED', detail: 'It is used up.', action: 'Wait, or raise it.' });
    const at = await shown('7200', quota);
    expect(at()).toContain('Wait, or raise it.');
    expect(at()).toContain('Try again in 2 hr., from Jan 2');
    expect((await shown(undefined, login))()).toContain('Try again when the seconds');
  });

  it('is said as well when what stands before the server says nothing', async () => {
    const at = await shown('Fri, 02 Jan 2026 03:05:05 GMT');
    expect(at()).toContain('Too many requests have been made.');
    expect(at()).toContain('Try again in 1 min., from Jan');
    expect((await answer('soon')).retryAt).toBeUndefined();
    expect((await answer('')).retryAt).toBeUndefined();
    expect(renderToStaticMarkup(createElement(Failure, { compact: true, thrown: await problemOf(new Response('', { status: 502 })) }))).toContain('The server answered with the status 502');
  });
});
