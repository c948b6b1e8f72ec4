import { describe, expect, it } from 'vitest';
import { readJson } from '../../main/web/api/exact';
import { broughtTo, differences } from '../../main/web/rooms/executions/differences';
import { EMPTY_HISTORY, endsIn, listed, saidBy, spokenIn, summaryOf, withEvents, type ExecutionEvent } from '../../main/web/rooms/executions/history';
import { eventOfCheckpoint, stepOf, taskOf } from '../../main/web/rooms/executions/selection';

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

  it('goes on with what waits until something comes of it', () => {
    const waiting = withEvents(EMPTY_HISTORY, [event(1, 'task.started', 'a', { task: '0:a' }), event(2, 'task.waiting', 'a', { task: '0:a' }), event(3, 'execution.waiting')]);
    const ends = (history: typeof waiting) => history.tasks.map((task) => endsIn(task, history));
    expect(ends(waiting)).toEqual([undefined]);
    const other = withEvents(waiting, [event(4, 'execution.resumed'), event(5, 'task.started', 'b', { task: '0:b' })]);
    expect(ends(other)).toEqual([undefined, undefined]);
    expect(ends(withEvents(other, [event(9, 'task.started', 'a', { task: '0:a' })]))[0]).toBe(9_000);
    expect(ends(withEvents(waiting, [event(8, 'execution.cancelled')]))).toEqual([8_000]);
  });

  it('knows which task waits while another one goes on', () => {
    const history = withEvents(EMPTY_HISTORY, [
      event(1, 'task.started', 'a'), event(2, 'task.started', 'b'), event(3, 'task.waiting', 'a', { task: '1:a', interrupts: ['1:a'] }),
    ]);
    expect([...history.nodes]).toEqual([['a', 'waiting'], ['b', 'running']]);
    expect(history.tasks.map((task) => task.state)).toEqual(['waiting', 'running']);
  });

  it('tells the tasks apart that a node has side by side', () => {
    const of = (sequence: number, type: string, branch: number, data: Record<string, unknown> = {}) => event(sequence, type, 'a', { ...data, task: `1:a:0000${branch}` });
    const both = withEvents(EMPTY_HISTORY, [
      of(1, 'task.started', 0), of(2, 'task.started', 1), of(3, 'message', 0, { text: 'one ' }), of(4, 'message', 1, { text: 'two ' }),
      of(5, 'custom', 1, { name: 'usage' }), of(6, 'message', 0, { text: 'and one' }), of(7, 'task.finished', 0),
    ]);
    expect(both.tasks.map(({ sequence, state }) => [sequence, state])).toEqual([[1, 'succeeded'], [2, 'running']]);
    expect(both.nodes.get('a')).toBe('running');
    expect([...both.messages]).toEqual([[1, 'one and one'], [2, 'two ']]);
    expect(spokenIn(both)).toEqual(['one and one', 'two ']);
    expect(both.tasks.map((task) => saidBy(both, task).length)).toEqual([0, 1]);
    expect(taskOf(both, { node: 'a', event: 6 })?.sequence).toBe(1);
    expect(taskOf(both, { node: 'a', event: 5 })?.sequence).toBe(2);
    const ended = withEvents(both, [of(8, 'task.failed', 1)]);
    expect([ended.tasks[1]?.state, ended.nodes.get('a')]).toEqual(['failed', 'failed']);
  });

  it('keeps what a node said each time apart, and leaves out what was said again', () => {
    const history = withEvents(EMPTY_HISTORY, [
      event(1, 'task.started', 'a', { task: '1:a' }), event(2, 'message', 'a', { text: 'I beg' }), event(3, 'task.failed', 'a', { task: '1:a' }),
      event(4, 'task.started', 'a', { task: '1:a' }), event(5, 'message', 'a', { text: 'I begin.' }), event(6, 'task.finished', 'a', { task: '1:a' }),
      event(7, 'task.started', 'a', { task: '3:a' }), event(8, 'message', 'a', { text: 'I end.' }),
    ]);
    expect(spokenIn(history)).toEqual(['I begin.', 'I end.']);
    expect([...history.messages.values()]).toEqual(['I beg', 'I begin.', 'I end.']);
  });

  it('lists what runs side by side as people count, and all else as it began', () => {
    const at = (step: number, sequence: number, node: string) => ({ ...event(sequence, 'task.started', node), step });
    const names = (events: ExecutionEvent[]) => listed(withEvents(EMPTY_HISTORY, events).tasks).map(({ node, sequence }) => `${node} ${sequence}`);
    expect(names([at(0, 1, 'zero'), at(1, 2, 'branch-1'), at(1, 3, 'branch-10'), at(1, 4, 'branch-2'), at(1, 5, 'branch-1'), at(2, 6, 'a-last')]))
      .toEqual(['zero 1', 'branch-1 2', 'branch-1 5', 'branch-2 4', 'branch-10 3', 'a-last 6']);
    // What runs within a node has steps of its own.
    expect(names([at(1, 1, 'sub-2'), at(1, 2, 'sub-2/b'), at(1, 3, 'sub-2/a'), at(2, 4, 'last')])).toEqual(['sub-2 1', 'sub-2/a 3', 'sub-2/b 2', 'last 4']);
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

describe('one selection', () => {
  const history = withEvents(EMPTY_HISTORY, [
    event(1, 'task.started', 'a'), event(2, 'custom', 'a', { name: 'log', data: { lines: ['one'] } }), event(3, 'task.finished', 'a'), event(4, 'checkpoint'),
    event(5, 'task.started', 'a'), event(6, 'custom', 'a', { name: 'progress' }), event(7, 'task.finished', 'a', { channels: ['x', 'y'] }),
  ]);

  it('is the task of an event that came while it ran, or the last one of a node', () => {
    expect(taskOf(history, { node: 'a', event: 2 })?.sequence).toBe(1);
    expect(taskOf(history, { node: 'a', event: 3 })?.sequence).toBe(1);
    expect(taskOf(history, { node: 'a', event: undefined })?.sequence).toBe(5);
    expect(taskOf(history, { node: undefined, event: 4 })).toBeUndefined();
    expect(taskOf(history, { node: undefined, event: undefined })).toBeUndefined();
  });

  it('is a checkpoint too: of a task the one behind it', () => {
    const stepped = withEvents(EMPTY_HISTORY, [
      { ...event(1, 'execution.queued'), step: 0 }, { ...event(2, 'task.started', 'a'), step: 0 }, { ...event(3, 'task.finished', 'a'), step: 0 },
      { ...event(4, 'checkpoint'), step: 1 }, { ...event(5, 'execution.succeeded'), step: 1 },
    ]);
    expect([1, 2, 3, 4, 5].map((sequence) => stepOf(stepped, { node: undefined, event: sequence }))).toEqual([0, 1, 1, 1, 1]);
    expect(stepOf(stepped, { node: 'a', event: undefined })).toBe(1);
    expect(stepOf(stepped, { node: undefined, event: undefined })).toBeUndefined();
    expect([0, 1, 2].map((step) => eventOfCheckpoint(stepped, step))).toEqual([1, 4, undefined]);
  });

  it('brings with it what the node said in that task', () => {
    const task = taskOf(history, { node: 'a', event: 1 });
    expect(task && saidBy(history, task).map(({ sequence }) => sequence)).toEqual([2]);
    expect(summaryOf(event(8, 'task.failed', 'a', { failure: { code: 'tool:X', message: 'No.', action: 'Do.' } }))).toBe('tool:X No.');
    expect(summaryOf(event(7, 'task.finished', 'a', { channels: ['x', 'y'] }))).toBe('channels x, y');
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

  it('are those of numbers that JavaScript takes for the same', () => {
    const [before, after] = [readJson('{"a":9007199254740993,"b":9007199254740993}'), readJson('{"a":9007199254740992,"b":9007199254740993.0}')];
    expect(differences(before, after).map(({ pointer }) => pointer)).toEqual(['/a']);
  });

  it('are of a list that was added to what was added', () => {
    expect(broughtTo([{ a: 1 }], [{ a: 1 }, { b: 2 }])).toEqual([{ b: 2 }]);
    expect(broughtTo([{ a: 1 }], [{ a: 2 }, { b: 2 }])).toEqual([{ a: 2 }, { b: 2 }]);
    expect(broughtTo(undefined, 'x')).toBe('x');
  });
});
