import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';

vi.hoisted(() => {
  vi.stubGlobal('location', { pathname: '/console/', origin: 'http://127.0.0.1' });
  vi.stubGlobal('sessionStorage', { getItem: () => null });
  vi.stubGlobal('localStorage', { getItem: () => null });
});

const { Problem } = await import('../../main/web/api/problem');
const { Failure } = await import('../../main/web/ui/states');

describe('what went wrong', () => {
  const shown = (status: number) => renderToStaticMarkup(createElement(Failure, {
    thrown: new Problem({ status, code: 'graph:UNKNOWN_EXECUTION', detail: 'There is none.', action: 'List them with GET /api/v1/executions.', traceId: 'abc' }),
    retry: () => undefined, back: 'To all of them',
  }));

  it('leads back when something is not there, and does not offer to look again', () => {
    for (const part of ['It is not there', 'There is none.', 'To all of them', 'graph:UNKNOWN_EXECUTION', 'abc']) expect(shown(404)).toContain(part);
    for (const part of ['Try again', 'GET /api']) expect(shown(404)).not.toContain(part);
  });

  it('is tried again when it may be otherwise then', () => {
    expect(shown(500)).toContain('Try again');
    expect(shown(500)).not.toContain('To all of them');
  });
});
