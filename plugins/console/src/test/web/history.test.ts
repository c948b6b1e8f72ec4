import { describe, expect, it } from 'vitest';
import { differences, EMPTY_HISTORY, withEvents, type ExecutionEvent } from '../../main/web/rooms/executions/history';

function event(sequence: number, type: string, node?: string, data: Record<string, unknown> = {}): ExecutionEvent {
  return { sequence, type, step: 1, time: new Date(sequence * 1000).toISOString(), data, ...(node ? { node } : {}) };
}

describe('the history of an execution', () => {
  it('knows what runs, what has ended and what failed', () => {
    const history = withEvents(EMPTY_HISTORY, [
      event(1, 'execution.started'), event(2, 'task.started', 'a'), event(3, 'task.started', 'b'),
      event(4, 'task.finished', 'a'), event(5, 'task.failed', 'b', { failure: { code: 'tool:X', message: 'No.', action: 'Do.' } }),
      event(6, 'execution.failed'),
    ]);
    expect(history.tasks.map((task) => [task.node, task.state, (task.finishedAt ?? 0) - task.startedAt])).toEqual([['a', 'succeeded', 2000], ['b', 'failed', 2000]]);
    expect(history.tasks[1]?.failure).toEqual({ code: 'tool:X', message: 'No.', action: 'Do.' });
    expect(history.ended).toBe(true);
  });

  it('takes each event once, however often it is sent', () => {
    const begun = withEvents(EMPTY_HISTORY, [event(1, 'task.started', 'a')]);
    expect(withEvents(begun, [event(1, 'task.started', 'a')])).toBe(begun);
    expect(withEvents(begun, [event(1, 'task.started', 'a'), event(2, 'task.finished', 'a')]).tasks).toHaveLength(1);
  });

  it('has nothing running once it waits or was cancelled', () => {
    const begun = withEvents(EMPTY_HISTORY, [event(1, 'task.started', 'a')]);
    expect(withEvents(begun, [event(2, 'execution.waiting')]).nodes.get('a')).toBe('waiting');
    expect(withEvents(begun, [event(2, 'execution.cancelled')]).nodes.get('a')).toBe('stopped');
  });
});

describe('differences of two states', () => {
  it('are told by pointer', () => {
    expect(differences({ a: 1, b: [1, 2], 'c/d': { x: 1 } }, { a: 1, b: [1, 3, 4], 'c/d': {}, e: null })).toEqual([
      { pointer: '/b/1', kind: 'changed', before: 2, after: 3 },
      { pointer: '/b/2', kind: 'added', after: 4 },
      { pointer: '/c~1d/x', kind: 'removed', before: 1 },
      { pointer: '/e', kind: 'added', after: null },
    ]);
    expect(differences({ a: [{ b: 1 }] }, { a: [{ b: 1 }] })).toEqual([]);
  });
});
