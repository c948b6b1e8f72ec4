import { describe, expect, it } from 'vitest';
import { EMPTY_HISTORY, withEvents } from '../../main/web/rooms/executions/history';
import { askedFirst, callsOf } from '../../main/web/rooms/executions/tool-calls';

describe('the calls of a tool', () => {
  it('are shown with what the state says they were given, and an expression as it is written', () => {
    const settings = { tool: 'site.publish', output: 'done', arguments: { title: 'draft.title', to: "'news'", words: 'size(draft.text)' } };
    expect(callsOf(settings, { draft: { title: 'Hello' } }, { done: { ok: true } })).toEqual([
      { key: 'site.publish', tool: 'site.publish', failed: false, result: { ok: true }, arguments: { title: 'Hello', to: 'news', words: { expression: 'size(draft.text)' } } },
    ]);
    expect(callsOf(settings, { draft: {} }, undefined)[0]?.result).toBeUndefined();
  });

  it('have the values that a person was asked about, of the question that this task waited for', () => {
    const waits = (sequence: number, node: string, approval: string, words: number) => ({
      sequence, type: 'execution.waiting', step: 2,
      data: { interrupts: [{ id: 'x', node: 'other', payload: 'Well?' }, { id: approval, node, payload: { kind: 'approval', approval, about: 'tool site.publish', arguments: { words } } }] },
    });
    const begins = (sequence: number, node: string) => ({ sequence, type: 'task.started', step: 1, node, data: {} });
    const ends = (sequence: number, node: string) => ({ sequence, type: 'task.finished', step: 1, node, data: {} });
    const asks = withEvents(EMPTY_HISTORY, [begins(1, 'publish'), waits(2, 'publish', 'apr_1', 3)]);
    const asking = asks.tasks[0];
    expect(asking && askedFirst(asks, asking)).toEqual({ approval: 'apr_1', arguments: { words: 3 } });
    const again = withEvents(asks, [begins(3, 'publish'), ends(4, 'publish'), begins(5, 'publish'), waits(6, 'publish', 'apr_2', 9), begins(7, 'publish'), ends(8, 'publish'), begins(9, 'publish'), ends(10, 'publish')]);
    expect(again.tasks.map((task) => askedFirst(again, task)?.approval)).toEqual(['apr_1', 'apr_1', 'apr_2', 'apr_2', undefined]);
    const settings = { tool: 'site.publish', output: 'done', arguments: { words: 'size(draft.text)' } };
    expect(callsOf(settings, {}, {}, { words: 9 })[0]?.arguments).toEqual({ words: 9 });
  });

  it('that a model asked for have their answers by id', () => {
    const ask = { role: 'assistant', content: '', toolCalls: [{ id: 'a', tool: 'x.y', arguments: { n: 1 } }, { id: 'b', tool: 'x.z', arguments: {} }] };
    const answers = [{ role: 'tool', toolCallId: 'b', tool: 'x.z', content: 'no', failed: true }, { role: 'tool', toolCallId: 'a', tool: 'x.y', content: { sum: 2 }, failed: false }];
    expect(callsOf({ messages: 'talk', tools: ['x.y', 'x.z'] }, { talk: [{ role: 'user', content: 'Go' }, ask] }, { talk: [ask, ...answers] })).toEqual([
      { key: 'a', tool: 'x.y', arguments: { n: 1 }, result: { sum: 2 }, failed: false },
      { key: 'b', tool: 'x.z', arguments: {}, result: 'no', failed: true },
    ]);
    expect(callsOf({ messages: 'talk' }, { talk: [] }, {})).toEqual([]);
  });
});
