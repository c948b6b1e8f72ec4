import { isRecord, writeJson } from '@/api/exact';

function object(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(message: unknown): string {
  const { content, text } = object(message);
  if (typeof message === 'string') return message;
  if (typeof text === 'string') return text;
  if (typeof content === 'string') return content;
  return list(content).map(textOf).join('');
}

const ANSWERS = ['answer', 'text', 'reply', 'response', 'output', 'result'];

/** The text in an output that is for people: by its usual names, or the last message. */
export function answerOf(output: unknown): string {
  const members = object(output);
  for (const name of ANSWERS) {
    const value = members[name];
    if (typeof value === 'string') return value;
  }
  return textOf(list(members['messages']).at(-1));
}

const QUESTIONS = ['question', 'message', 'text', 'prompt', 'input', 'topic', 'task'];

/** What a person said, in an input. */
export function questionOf(input: unknown): string {
  const members = object(input);
  for (const name of QUESTIONS) {
    const value = members[name];
    if (typeof value === 'string') return value;
  }
  const said = textOf(list(members['messages']).at(-1));
  return said || Object.values(members).find((value): value is string => typeof value === 'string') || writeJson(input ?? {});
}

export interface Citation {
  key: string;
  file: string;
  quote: string;
}

export function citationsOf(output: unknown): Citation[] {
  return list(object(output)['citations']).flatMap((value, index) => {
    const { file, quote } = object(value);
    return typeof file === 'string' && typeof quote === 'string' ? [{ key: `${index}`, file, quote }] : [];
  });
}

/** How an agent is spoken to: by messages, by a member of its input that is text, or by its input as a whole. */
export type Spoken = { by: 'messages' } | { by: 'member'; name: string } | { by: 'form' };

export function spokenTo(schema: Record<string, unknown>): Spoken {
  const properties = object(schema['properties']);
  const names = Object.keys(properties);
  if (names.length === 0 || 'messages' in properties || 'message' in properties) return { by: 'messages' };
  const texts = names.filter((name) => object(properties[name])['type'] === 'string' && object(properties[name])['enum'] === undefined);
  const required = list(schema['required']);
  const name = QUESTIONS.find((one) => texts.includes(one)) ?? texts.find((one) => required.includes(one));
  return name === undefined ? { by: 'form' } : { by: 'member', name };
}
