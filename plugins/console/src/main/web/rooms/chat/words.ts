function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
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
  return said || Object.values(members).find((value): value is string => typeof value === 'string') || JSON.stringify(input ?? {});
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

/** The member of an input that takes what a person says; undefined when the agent takes messages. */
export function spokenMember(schema: Record<string, unknown>): string | undefined {
  const properties = object(schema['properties']);
  if ('messages' in properties || 'message' in properties) return undefined;
  const texts = Object.keys(properties).filter((name) => object(properties[name])['type'] === 'string');
  const required = list(schema['required']);
  return QUESTIONS.find((name) => texts.includes(name)) ?? texts.find((name) => required.includes(name)) ?? texts[0];
}
