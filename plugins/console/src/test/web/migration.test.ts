import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { canMigrate, expressionsOf, othersThan } from '../../main/web/rooms/executions/migration';
import { Outcomes } from '../../main/web/rooms/executions/outcomes';

const graph = (version: number) => ({ id: 'g', version, name: 'g', digest: '', createdAt: '2026-01-01T00:00:00Z' });

describe('going on in another version', () => {
  it('is for what has ended without its work being done', () => {
    const may = (['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'] as const).filter((state) => canMigrate({ state }));
    expect(may).toEqual(['FAILED', 'CANCELLED', 'TIMED_OUT']);
  });

  it('offers the other versions, the newest first', () => {
    expect(othersThan(2, [graph(1), graph(2), graph(3)]).map(({ version }) => version)).toEqual([3, 1]);
    expect(othersThan(1, [graph(1)])).toEqual([]);
  });

  it('takes a text for each channel', () => {
    expect(expressionsOf('{"total": "int(total)"}')).toEqual({ total: 'int(total)' });
    expect(expressionsOf('{}')).toEqual({});
    for (const wrong of ['{"total": 1}', '[]', '"int(total)"', '{', '']) expect(expressionsOf(wrong)).toBeUndefined();
  });

  it('says of each channel what becomes of it, first of those that change', () => {
    const shown = renderToStaticMarkup(createElement(Outcomes, { channels: { a: 'kept', b: 'dropped', c: 'default', d: 'converted' } }));
    expect([...shown.matchAll(/<code[^>]*>(\w)<\/code>/g)].map(([, name]) => name)).toEqual(['b', 'd', 'c', 'a']);
    expect(shown).toContain('Is not there any more');
    expect(renderToStaticMarkup(createElement(Outcomes, { channels: {} }))).toContain('It has no channel.');
  });
});
