import type { Schemas } from '@/api/client';
import { isRecord } from '@/api/exact';
import { composed, faultOf, pointerOf, propertiesOf, type Entered, type Fault, type Property, type Schema } from '@/ui/schema';
import { approvalsOf, questionsOf } from './awaited';

type Execution = Pick<Schemas['Execution'], 'interrupts'>;
type Interrupt = Schemas['Interrupt'];

/** What an execution waits for at one place, and the fields by which it is answered. */
export interface Question {
  id: string;
  node: string;
  prompt: string | undefined;
  /** It also ends by itself, then. */
  until: string | undefined;
  event: string | undefined;
  /** It waits beside a node, or for a time alone: it is let go on, and nothing is asked. */
  passes: 'before' | 'after' | 'wait' | undefined;
  properties: Property[];
  /** What else it says, in words that are not known here. */
  others: unknown;
}

/** A box that is not ticked would be an answer; what is true or false is chosen, and until then it is not answered. */
export function isChoice({ schema }: Property): boolean {
  return schema.type === 'boolean';
}

const ANSWER = 'answer';
const KNOWN = ['prompt', 'schema', 'kind', 'event', 'until', 'node'];

export function questionOf({ id, node, payload }: Interrupt): Question {
  const said = isRecord(payload) ? payload : {};
  const word = (name: string) => (typeof said[name] === 'string' ? said[name] : undefined);
  const kind = word('kind');
  const event = word('event');
  const beside = kind === 'before' || kind === 'after' ? kind : undefined;
  const passes = beside ?? (kind === 'wait' && event === undefined ? 'wait' : undefined);
  const schema = isRecord(said['schema']) ? said['schema'] as Schema : {};
  const fields = passes ? [] : propertiesOf({ properties: { [ANSWER]: schema }, required: [ANSWER] });
  const unknown = isRecord(payload) ? Object.fromEntries(Object.entries(payload).filter(([name]) => !KNOWN.includes(name))) : payload;
  return {
    id, node, event, passes, prompt: word('prompt'), until: word('until'),
    properties: fields.map((field) => (isChoice(field) ? { ...field, kind: 'json' } : field)),
    others: isRecord(unknown) && Object.keys(unknown).length === 0 ? undefined : unknown,
  };
}

/** The name of a field within the answer; nothing for that which is the whole answer. */
export function nameOf({ schema, path }: Property): string | undefined {
  return schema.title ?? (path.length > 1 ? path.slice(1).join(' · ') : undefined);
}

/** What is typed of each question, by its id. */
export type Typed = Record<string, Entered>;

/** The key of what is passed by, among what is typed. */
export const PASSED = '';

function filled(entry: string | boolean | undefined): boolean {
  return typeof entry === 'string' && entry.trim() !== '';
}

/** What is wrong with a field of a question that is being answered; one that is left empty as a whole stays asked. */
export function wrongWith(question: Question, property: Property, typed: Entered = {}): Fault | undefined {
  if (!question.properties.some(({ path }) => filled(typed[pointerOf(path)]))) return undefined;
  return faultOf(property, typed[pointerOf(property.path)] ?? '');
}

/** The answer to a question; undefined when there is none yet. */
function answerTo(question: Question, typed: Entered, alone: boolean): { value: unknown } | undefined {
  if (question.passes) return alone || filled(typed[PASSED]) ? { value: null } : undefined;
  if (question.properties.some((property) => wrongWith(question, property, typed) !== undefined)) return undefined;
  const begun = question.properties.some(({ path }) => filled(typed[pointerOf(path)]));
  if (!begun && (!alone || question.properties.some(({ required }) => required))) return undefined;
  return { value: composed(question.properties, typed, {})[ANSWER] ?? {} };
}

/** A command by which an execution goes on. */
export type Command = { answer?: unknown; resume?: Record<string, unknown> };

/**
 * What is sent: the answers by the ids of what they answer, so that what is left empty stays asked; undefined when nothing
 * is answered yet, or something not rightly.
 */
export function commandOf(execution: Execution, typed: Typed): Command | undefined {
  const questions = questionsOf(execution).map(questionOf);
  if (questions.length === 0) return {};
  const alone = questions.length === 1;
  const answers = questions.flatMap((question): [string, unknown][] => {
    const answer = answerTo(question, typed[question.id] ?? {}, alone);
    return answer ? [[question.id, answer.value]] : [];
  });
  const faulty = questions.some((question) => question.properties.some((property) => wrongWith(question, property, typed[question.id]) !== undefined));
  if (faulty || answers.length === 0) return undefined;
  return alone && approvalsOf(execution).length === 0 ? { answer: answers[0]?.[1] } : { resume: Object.fromEntries(answers) };
}
