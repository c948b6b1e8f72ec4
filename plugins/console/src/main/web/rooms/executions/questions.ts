import type { Schemas } from '@/api/client';
import { isRecord, readJson, writeJson } from '@/api/exact';
import { composed, DEEPEST, entered, faultOf, isNeeded, pointerOf, propertiesOf, withNeeded, type Entered, type Fault, type Property, type Schema } from '@/ui/schema';
import { questionsOf } from './awaited';

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
  /** Of the answer. */
  schema: Schema;
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
    id, node, event, passes, schema, prompt: word('prompt'), until: word('until'),
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

/** The key of what is passed by, or sent with nothing filled in, among what is typed. */
export const PASSED = '';

/** The key of whether the answer is written as JSON. Those of fields begin with a slash. */
const AS_JSON = 'json';

const WHOLE: Property = { path: [ANSWER], schema: {}, required: true, kind: 'json' };

function filled(entry: string | boolean | undefined): boolean {
  return typeof entry === 'string' && entry.trim() !== '';
}

/** Whether the answer is written as JSON: an empty text or list, for one, has no field by which it could be said. */
export function isAsJson(typed: Entered = {}): boolean {
  return filled(typed[AS_JSON]);
}

/** Whether an answer can be written as JSON instead of in its fields. */
export function hasJson({ passes, properties }: Question): boolean {
  return !passes && !(properties.length === 1 && properties.every((one) => one.path.length === 1 && one.kind === 'json' && !isChoice(one)));
}

/** The fields by which a question is answered, as far as it is. */
export function fieldsOf(question: Question, typed: Entered = {}): Property[] {
  if (isAsJson(typed)) return [WHOLE];
  return question.properties.map((property) => ({ ...property, required: isNeeded(property, question.properties, typed) }));
}

/** What is typed once the answer is written the other way; what can be said in both is kept. */
export function switched(question: Question, typed: Entered): Entered {
  const whole = pointerOf(WHOLE.path);
  if (!isAsJson(typed)) {
    const answer = answerTo(question, typed, false);
    return { [AS_JSON]: 'json', [whole]: answer ? writeJson(answer.value, 2) : '' };
  }
  try {
    return entered(question.properties, { [ANSWER]: readJson(String(typed[whole] ?? '')) });
  } catch {
    return {};
  }
}

/** Whether an answer may have nothing in it. Beside other questions that has to be said: what is left empty stays asked. */
export function mayBeEmpty(question: Question, typed: Entered = {}): boolean {
  return !question.passes && !isAsJson(typed) && question.properties.every(({ path, required, within }) => path.length > 1 && !(required && within === undefined));
}

function isBegun(question: Question, typed: Entered): boolean {
  return filled(typed[PASSED]) || fieldsOf(question, typed).some(({ path }) => filled(typed[pointerOf(path)]));
}

/** What is wrong with a field of a question that is being answered; one that is left empty as a whole stays asked. */
export function wrongWith(question: Question, property: Property, typed: Entered = {}): Fault | undefined {
  return isBegun(question, typed) ? faultOf(property, typed[pointerOf(property.path)] ?? '') : undefined;
}

function isWrong(question: Question, typed: Entered): boolean {
  return fieldsOf(question, typed).some((property) => wrongWith(question, property, typed) !== undefined);
}

/** The answer to a question; undefined when there is none yet. */
function answerTo(question: Question, typed: Entered, alone: boolean): { value: unknown } | undefined {
  if (question.passes) return alone || filled(typed[PASSED]) ? { value: null } : undefined;
  if (isWrong(question, typed)) return undefined;
  if (!isBegun(question, typed) && !(alone && mayBeEmpty(question, typed))) return undefined;
  const value = composed(fieldsOf(question, typed), typed, {});
  const answer = Object.hasOwn(value, ANSWER) ? value[ANSWER] : {};
  // What is written as JSON is sent as it is written.
  return { value: isRecord(answer) && !isAsJson(typed) ? withNeeded(question.schema, answer, false, DEEPEST - 1) : answer };
}

/** A command by which an execution goes on. */
export type Command = { resume?: Record<string, unknown> };

/**
 * What is sent: the answers by the ids of what they answer, so that what is left empty stays asked, and what is asked
 * meanwhile is not given an answer that was meant for something else; undefined when nothing is answered yet, or something
 * not rightly.
 */
export function commandOf(execution: Execution, typed: Typed): Command | undefined {
  const questions = questionsOf(execution).map(questionOf);
  if (questions.length === 0) return {};
  const alone = questions.length === 1;
  const answers = questions.flatMap((question): [string, unknown][] => {
    const answer = answerTo(question, typed[question.id] ?? {}, alone);
    return answer ? [[question.id, answer.value]] : [];
  });
  const faulty = questions.some((question) => isWrong(question, typed[question.id] ?? {}));
  if (faulty || answers.length === 0) return undefined;
  return { resume: Object.fromEntries(answers) };
}
