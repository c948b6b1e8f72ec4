import { describe, expect, it } from 'vitest';
import { callsOf } from '../../main/web/rooms/executions/tool-calls';

describe('the calls of a tool', () => {
  it('are shown with what the state says they were given, and an expression as it is written', () => {
    const settings = { tool: 'site.publish', output: 'done', arguments: { title: 'draft.title', to: "'news'", words: 'size(draft.text)' } };
    expect(callsOf(settings, { draft: { title: 'Hello' } }, { done: { ok: true } })).toEqual([
      { key: 'site.publish', tool: 'site.publish', failed: false, result: { ok: true }, arguments: { title: 'Hello', to: 'news', words: { expression: 'size(draft.text)' } } },
    ]);
    expect(callsOf(settings, { draft: {} }, undefined)[0]?.result).toBeUndefined();
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
