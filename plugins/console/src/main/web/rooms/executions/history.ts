/** One event of an execution, as the server streams it. */
export interface ExecutionEvent {
  sequence: number;
  type: string;
  time?: string;
  step?: number;
  node?: string;
  data: Record<string, unknown>;
}

export type TaskState = 'running' | 'succeeded' | 'failed' | 'waiting' | 'stopped';

/** One node in one superstep, an attempt of it. */
export interface Task {
  /** The sequence of the event that began it. */
  sequence: number;
  node: string;
  step: number;
  state: TaskState;
  startedAt: number;
  finishedAt?: number;
  failure?: { code: string; message: string; action: string };
}

/** What the events say so far. */
export interface History {
  events: ExecutionEvent[];
  tasks: Task[];
  /** The last state of each node that has begun. */
  nodes: Map<string, TaskState>;
  /** The text of models that has come, by node. */
  messages: Map<string, string>;
  ended: boolean;
}

export const EMPTY_HISTORY: History = { events: [], tasks: [], nodes: new Map(), messages: new Map(), ended: false };

const ENDS = ['execution.succeeded', 'execution.failed', 'execution.cancelled', 'execution.timed_out'];

export function isEnd(type: string): boolean {
  return ENDS.includes(type);
}

export function parseEvent(data: string): ExecutionEvent | undefined {
  const value = JSON.parse(data) as Partial<ExecutionEvent>;
  if (typeof value.sequence !== 'number' || typeof value.type !== 'string') return undefined;
  return { ...value, sequence: value.sequence, type: value.type, data: value.data ?? {} };
}

function failureOf(data: Record<string, unknown>): Task['failure'] {
  const found = (typeof data['failure'] === 'object' && data['failure'] !== null ? data['failure'] : data) as Record<string, unknown>;
  const word = (name: string) => (typeof found[name] === 'string' ? found[name] : '');
  return word('code') || word('message') ? { code: word('code'), message: word('message'), action: word('action') } : undefined;
}

/** The history with more events; what is known already, as after a connection that broke, is left out. */
export function withEvents(history: History, more: ExecutionEvent[]): History {
  const last = history.events.at(-1)?.sequence ?? 0;
  const fresh = more.filter((event) => event.sequence > last);
  if (fresh.length === 0) return history;
  const tasks = [...history.tasks];
  const nodes = new Map(history.nodes);
  const messages = new Map(history.messages);
  let ended = history.ended;
  const finish = (event: ExecutionEvent, state: TaskState) => {
    const index = tasks.findLastIndex((task) => task.node === event.node && task.state === 'running');
    const at = time(event);
    const failure = state === 'failed' ? failureOf(event.data) : undefined;
    const node = event.node ?? '';
    const begun = tasks[index] ?? { sequence: event.sequence, node, step: event.step ?? 0, state, startedAt: at };
    const done: Task = { ...begun, state, finishedAt: at, ...(failure ? { failure } : {}) };
    if (index < 0) tasks.push(done);
    else tasks[index] = done;
    nodes.set(node, state);
  };
  for (const event of fresh) {
    const node = event.node ?? '';
    if (event.type === 'task.started') {
      tasks.push({ sequence: event.sequence, node, step: event.step ?? 0, state: 'running', startedAt: time(event) });
      nodes.set(node, 'running');
    } else if (event.type === 'task.finished') finish(event, 'succeeded');
    else if (event.type === 'task.failed') finish(event, 'failed');
    else if (event.type === 'message') messages.set(node, (messages.get(node) ?? '') + (typeof event.data['text'] === 'string' ? event.data['text'] : ''));
    else if (event.type === 'execution.waiting') settle(tasks, nodes, time(event), 'waiting');
    else if (isEnd(event.type)) {
      ended = true;
      settle(tasks, nodes, time(event), event.type === 'execution.failed' ? 'failed' : 'stopped');
    }
  }
  return { events: [...history.events, ...fresh], tasks, nodes, messages, ended };
}

/** What still ran when everything came to rest. */
function settle(tasks: Task[], nodes: Map<string, TaskState>, at: number, state: TaskState) {
  tasks.forEach((task, index) => {
    if (task.state === 'running') {
      tasks[index] = { ...task, state, finishedAt: at };
      nodes.set(task.node, state);
    }
  });
}

function time(event: ExecutionEvent): number {
  return event.time === undefined ? 0 : Date.parse(event.time);
}

/** One difference between two values, by JSON Pointer. */
export interface Difference {
  pointer: string;
  kind: 'added' | 'removed' | 'changed';
  before?: unknown;
  after?: unknown;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where two values differ; lists are compared item by item. */
export function differences(before: unknown, after: unknown, pointer = ''): Difference[] {
  if (Object.is(before, after)) return [];
  const pairs = isObject(before) && isObject(after) ? [before, after]
    : Array.isArray(before) && Array.isArray(after) ? [Object.fromEntries(before.entries()), Object.fromEntries(after.entries())]
    : undefined;
  if (pairs) {
    const [left, right] = pairs as [Record<string, unknown>, Record<string, unknown>];
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((name) => {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!(name in left)) return [{ pointer: at, kind: 'added' as const, after: right[name] }];
      if (!(name in right)) return [{ pointer: at, kind: 'removed' as const, before: left[name] }];
      return differences(left[name], right[name], at);
    });
  }
  return [{ pointer, kind: 'changed', before, after }];
}
