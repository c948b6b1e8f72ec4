import { isRecord as isObject } from '@/api/exact';
import type { ExecutionEvent, History, Task } from './history';

/** One call of a tool, as the state before and behind its task tells of it. */
export interface ToolCall {
  key: string;
  tool: string;
  /** What it was called with; undefined when the state does not tell. */
  arguments: unknown;
  /** What it answered; undefined while nothing has come. */
  result: unknown;
  failed: boolean;
}

/** How a node of the type `tool` is set. */
type Settings = Record<string, unknown>;

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const PATH = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/** An expression that only names a place in the state is shown as what stands there; any other one as it is written. */
function argument(expression: unknown, before: Record<string, unknown>): unknown {
  if (typeof expression !== 'string') return expression;
  const quoted = /^'([^'\\]*)'$/.exec(expression) ?? /^"([^"\\]*)"$/.exec(expression);
  if (quoted) return quoted[1];
  if (!PATH.test(expression)) return { expression };
  let value: unknown = before;
  for (const name of expression.split('.')) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value === undefined ? { expression } : value;
}

/** What a person was asked about a call: the approval, and the arguments as they were then. */
export interface AskedFirst {
  approval: string;
  arguments: Record<string, unknown>;
}

/**
 * The approval that a task of a node with a single tool waited for. The arguments of it are the values that expressions
 * came to, which stand nowhere else.
 */
export function askedFirst(history: History, task: Task): AskedFirst | undefined {
  const asked = history.events.flatMap((event) => (event.type === 'execution.waiting' ? questions(event, task.node) : []));
  // The task that asks ends with the question, and the one that runs after the answer begins behind it.
  if (task.state === 'waiting') return asked.find((one) => one.sequence > task.sequence)?.first;
  const since = history.events.findLast((event) => event.type === 'task.finished' && event.node === task.node && event.sequence < task.sequence)?.sequence ?? 0;
  return asked.findLast((one) => one.sequence > since && one.sequence < task.sequence)?.first;
}

function questions({ sequence, data }: ExecutionEvent, wanted: string): { sequence: number; first: AskedFirst }[] {
  return list(data['interrupts']).flatMap(({ node, payload }) => {
    if (node !== wanted || !isObject(payload) || payload['kind'] !== 'approval' || !text(payload['about']).startsWith('tool ') || !isObject(payload['arguments'])) return [];
    return [{ sequence, first: { approval: text(payload['approval']), arguments: payload['arguments'] } }];
  });
}

/** The calls that a model asked for in the last message, with their answers by id. */
function asked(channel: string, before: Record<string, unknown>, after: Record<string, unknown> | undefined): ToolCall[] {
  const answers = new Map(list(after?.[channel]).filter((message) => message['role'] === 'tool').map((message) => [text(message['toolCallId']), message]));
  return list(list(before[channel]).at(-1)?.['toolCalls']).map((call, index) => {
    const answer = answers.get(text(call['id']));
    return { key: text(call['id']) || `${index}`, tool: text(call['tool']), arguments: call['arguments'], result: answer?.['content'], failed: answer?.['failed'] === true };
  });
}

/**
 * What a node of the type `tool` called.
 *
 * @param before the channels that it saw
 * @param after the channels behind its superstep; undefined while that is not over
 * @param used the arguments of a single tool, where they are known from elsewhere
 */
export function callsOf(settings: Settings, before: Record<string, unknown>, after: Record<string, unknown> | undefined, used?: Record<string, unknown>): ToolCall[] {
  const tool = text(settings['tool']);
  if (!tool) return asked(text(settings['messages']), before, after);
  const wanted = isObject(settings['arguments']) ? settings['arguments'] : {};
  const output = text(settings['output']);
  return [{
    key: tool, tool, failed: false, result: after?.[output],
    arguments: used ?? Object.fromEntries(Object.entries(wanted).map(([name, expression]) => [name, argument(expression, before)])),
  }];
}
