import { readJson, writeJson } from '@/api/exact';
import { byName } from '@/ui/format';
import { legible } from '@/ui/legible';

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
  /** What the events call it: the same for each attempt, another one for each of a node's tasks that run side by side. */
  id: string | undefined;
  node: string;
  step: number;
  state: TaskState;
  startedAt: number;
  finishedAt?: number;
  /** The sequence of the event that ended it. */
  until?: number;
  failure?: { code: string; message: string; action: string };
}

/** What the events say so far. */
export interface History {
  events: ExecutionEvent[];
  tasks: Task[];
  /** The last state of each node that has begun. */
  nodes: Map<string, TaskState>;
  /** The text of models that has come, by the sequence of its task. */
  messages: Map<number, string>;
  ended: boolean;
}

export const EMPTY_HISTORY: History = { events: [], tasks: [], nodes: new Map(), messages: new Map(), ended: false };

const ENDS = ['execution.succeeded', 'execution.failed', 'execution.cancelled', 'execution.timed_out'];

export function isEnd(type: string): boolean {
  return ENDS.includes(type);
}

/** Whether nothing more happens to an execution in that state. */
export function isOver(state: string): boolean {
  return isEnd(`execution.${state.toLowerCase()}`);
}

export function parseEvent(data: string): ExecutionEvent | undefined {
  const value = readJson(data) as Partial<ExecutionEvent>;
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
  const runs = (event: ExecutionEvent) => tasks.findLastIndex((task) => task.state === 'running' && isOf(event, task));
  const finish = (event: ExecutionEvent, state: TaskState) => {
    const index = runs(event);
    const at = time(event);
    const failure = state === 'failed' ? failureOf(event.data) : undefined;
    const node = event.node ?? '';
    const begun = tasks[index] ?? { sequence: event.sequence, id: taskIn(event), node, step: event.step ?? 0, state, startedAt: at };
    const done: Task = { ...begun, state, finishedAt: at, until: event.sequence, ...(failure ? { failure } : {}) };
    if (index < 0) tasks.push(done);
    else tasks[index] = done;
    // Of several that run side by side the last one ends what the node does.
    nodes.set(node, tasks.some((task) => task.node === node && task.state === 'running') ? 'running' : state);
  };
  for (const event of fresh) {
    const node = event.node ?? '';
    if (event.type === 'task.started') {
      tasks.push({ sequence: event.sequence, id: taskIn(event), node, step: event.step ?? 0, state: 'running', startedAt: time(event) });
      nodes.set(node, 'running');
    } else if (event.type === 'task.finished') finish(event, 'succeeded');
    else if (event.type === 'task.failed') finish(event, 'failed');
    else if (event.type === 'task.waiting') finish(event, 'waiting');
    else if (event.type === 'message') {
      const task = tasks[runs(event)]?.sequence ?? event.sequence;
      messages.set(task, (messages.get(task) ?? '') + (typeof event.data['text'] === 'string' ? event.data['text'] : ''));
    }
    else if (event.type === 'execution.waiting') settle(tasks, nodes, time(event), 'waiting');
    else if (isEnd(event.type)) {
      ended = true;
      settle(tasks, nodes, time(event), event.type === 'execution.failed' ? 'failed' : 'stopped');
    }
  }
  return { events: [...history.events, ...fresh], tasks, nodes, messages, ended };
}

/**
 * Tasks as they are listed: as they began, and those that run side by side by the names of their nodes. The server begins
 * those in an order that is no person's.
 */
export function listed(tasks: Task[]): Task[] {
  const rounds: Task[][] = [];
  for (const task of tasks) {
    const round = rounds.at(-1);
    if (round?.[0] && isBeside(task, round[0])) round.push(task);
    else rounds.push([task]);
  }
  return rounds.flatMap((round) => round.toSorted((one, other) => byName(one.node, other.node) || one.sequence - other.sequence));
}

function isBeside(task: Task, other: Task): boolean {
  return task.step === other.step && graphOf(task) === graphOf(other);
}

/** The node whose graph a task is of; empty for the execution's own. */
function graphOf({ node }: Task): string {
  return node.slice(0, Math.max(0, node.lastIndexOf('/')));
}

/** When a task was over; undefined while it runs, and while it waits and nothing has come of that yet. */
export function endsIn(task: Task, { events }: Pick<History, 'events'>): number | undefined {
  if (task.state !== 'waiting') return task.finishedAt;
  const next = events.find((event) => event.sequence > (task.until ?? task.sequence) && ((event.type.startsWith('task.') && event.type !== 'task.waiting' && isOf(event, task)) || isEnd(event.type)));
  return next && time(next);
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

/** Whether something happened in a node, or inside of it. */
export function of({ node }: { node?: string }, wanted: string): boolean {
  return node === wanted || node?.startsWith(`${wanted}/`) === true;
}

/** The task that an event names; what a node's only task says names none. */
function taskIn({ data }: ExecutionEvent): string | undefined {
  return typeof data['task'] === 'string' ? data['task'] : undefined;
}

/** Whether an event is of that task, or may be, because one of the two does not say. */
export function isOf(event: ExecutionEvent, task: Task): boolean {
  const named = taskIn(event);
  return event.node === task.node && (named === undefined || task.id === undefined || named === task.id);
}

/** What a node said of itself while a task ran: its log, its progress, and what rules made of it. */
export function saidBy(history: History, task: Task): ExecutionEvent[] {
  return history.events.filter((event) => event.type === 'custom' && (event.node === task.node ? isOf(event, task) : of(event, task.node)) && event.sequence > task.sequence && event.sequence < (task.until ?? Infinity));
}

/** What models have said so far, task by task; what an attempt said that was begun anew is said again. */
export function spokenIn({ tasks, messages }: History): string[] {
  const last = new Map(tasks.map((task) => [task.id ?? task.sequence, task.sequence]));
  return tasks.flatMap((task) => (last.get(task.id ?? task.sequence) === task.sequence ? messages.get(task.sequence) ?? [] : []));
}

function words(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.join(', ') : writeJson(value);
}

const LONGEST_SUMMARY = 160;

/** An event in a line. */
export function summaryOf({ type, data }: ExecutionEvent): string {
  const failure = type.endsWith('failed') ? failureOf(data) : undefined;
  const said = failure ? `${failure.code} ${failure.message}`
    : type === 'message' ? words(data['text'])
    : type === 'custom' ? `${words(data['name'])} ${words(data['data'])}`
    : Object.entries(data).map(([name, value]) => `${name} ${words(value)}`).join(' · ');
  return legible(said.slice(0, LONGEST_SUMMARY), LONGEST_SUMMARY);
}

function time(event: ExecutionEvent): number {
  return event.time === undefined ? 0 : Date.parse(event.time);
}
