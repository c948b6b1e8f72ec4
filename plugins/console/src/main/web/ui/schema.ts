import { isRecord, numberOf, readJson, writeJson } from '@/api/exact';

/** JSON Schemas as forms know them: what a plugin declares, of which only what is understood is used. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  writeOnly?: boolean;
}

/** One field of a form: where its value stands, and how it is asked for. */
export interface Property {
  path: string[];
  schema: Schema;
  required: boolean;
  /** The objects that it stands in and that may be left out, each by its path. */
  within?: string[][];
  kind: 'text' | 'number' | 'flag' | 'choice' | 'lines' | 'json';
}

/** What fields hold: text, or whether a box is ticked. */
export type Entered = Record<string, string | boolean>;

/** So deep the objects of a schema have fields of their own; what is deeper is written as JSON. */
export const DEEPEST = 3;

/** The schema's properties, those within objects included, in its order. */
export function propertiesOf(schema: Schema, path: string[] = [], within: string[][] = []): Property[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const at = [...path, name];
    const required = schema.required?.includes(name) ?? false;
    if (property.type === 'object' && property.properties && path.length < DEEPEST) return propertiesOf(property, at, required ? within : [...within, at]);
    return [{ path: at, schema: property, required, ...(within.length > 0 ? { within } : {}), kind: kindOf(property) }];
  });
}

/** Whether something is said of a field: a flag that shows what holds anyway says nothing. */
function isSaid({ schema }: Property, text: string | boolean | undefined): boolean {
  return typeof text === 'boolean' ? text !== (schema.default === true) : (text ?? '').trim() !== '';
}

/** Whether a field has to be filled in now: what an object needs is needed once something is said of that object. */
export function isNeeded({ required, within = [] }: Property, properties: Property[], fields: Entered): boolean {
  const begun = (object: string[]) => properties.some((one) => object.every((name, index) => one.path[index] === name) && isSaid(one, fields[pointerOf(one.path)]));
  return required && within.every(begun);
}

function kindOf(schema: Schema): Property['kind'] {
  if (schema.enum?.every((one) => typeof one === 'string')) return 'choice';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  if (schema.type === 'boolean') return 'flag';
  if (schema.type === 'array' && schema.items?.type === 'string') return 'lines';
  return 'json';
}

/** What the API calls the place of a property, as in `/configuration/units`. */
export function pointerOf(path: string[]): string {
  return path.map((name) => `/${name.replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
}

/** A copy of objects within objects; nothing else is changed by a form. */
function copied(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, isRecord(one) ? copied(one) : one]));
}

function valueAt(value: unknown, path: string[]): unknown {
  let inside = value;
  for (const name of path) inside = isRecord(inside) && Object.hasOwn(inside, name) ? inside[name] : undefined;
  return inside;
}

/** What a form calls a field: its title, or else where its value stands. */
export function nameOf({ schema, path }: Pick<Property, 'schema' | 'path'>): string {
  return schema.title ?? path.join(' · ');
}

/** What a value sets, in its order and by the names that a form has for it; what has no field is named by its place. */
export function settingsOf(properties: Property[], value: unknown, path: string[] = []): { name: string; value: unknown }[] {
  return Object.entries(isRecord(value) ? value : {}).flatMap(([member, one]) => {
    const at = [...path, member];
    const field = properties.find((property) => pointerOf(property.path) === pointerOf(at));
    const within = !field && isRecord(one) && properties.some((property) => pointerOf(property.path).startsWith(`${pointerOf(at)}/`));
    return within ? settingsOf(properties, one, at) : [{ name: nameOf(field ?? { schema: {}, path: at }), value: one }];
  });
}

/** What the fields show of a value; a flag that is not set shows what holds then. */
export function entered(properties: Property[], value: unknown): Entered {
  return Object.fromEntries(properties.map(({ path, kind, schema }): [string, string | boolean] => {
    const present = valueAt(value, path);
    if (kind === 'flag') return [pointerOf(path), (present ?? schema.default) === true];
    if (present === undefined) return [pointerOf(path), ''];
    if (kind === 'lines' && Array.isArray(present)) return [pointerOf(path), present.map(String).join('\n')];
    return [pointerOf(path), typeof present === 'string' ? present : writeJson(present, 2)];
  }));
}

/** A field's text as the value that it means; undefined when it is left out. Throws what `readJson` throws. */
function meant(property: Property, text: string | boolean, before: unknown): unknown {
  if (typeof text === 'boolean') return before === undefined && text === (property.schema.default === true) ? undefined : text;
  if (property.kind === 'lines') {
    const lines = text.split('\n').map((line) => line.trim()).filter(Boolean);
    return lines.length > 0 ? lines : undefined;
  }
  if (text.trim() === '') return undefined;
  if (property.kind === 'number') return numberOf(text);
  return property.kind === 'json' ? readJson(text) : text;
}

/** The value that the fields mean; what has no field stays as it was, and an empty field is left out. */
export function composed(properties: Property[], fields: Entered, before: unknown): Record<string, unknown> {
  const value: Record<string, unknown> = isRecord(before) ? copied(before) : {};
  for (const property of properties) {
    const text = fields[pointerOf(property.path)] ?? '';
    const next = meant(property, text, valueAt(before, property.path));
    let inside = value;
    for (const name of property.path.slice(0, -1)) {
      const child = Object.hasOwn(inside, name) ? inside[name] : undefined;
      const known: Record<string, unknown> = isRecord(child) ? child : {};
      if (next === undefined && !isRecord(child)) break;
      Object.defineProperty(inside, name, { value: known, enumerable: true, writable: true, configurable: true });
      inside = known;
    }
    const last = property.path.at(-1) ?? '';
    if (next === undefined) Reflect.deleteProperty(inside, last);
    else Object.defineProperty(inside, last, { value: next, enumerable: true, writable: true, configurable: true });
  }
  return value;
}

/**
 * The value with an empty object in the place of each that has to be there and of which nobody has filled in anything: the
 * members of such a one may all be left out, and it may not.
 *
 * @param items whether what stands in lists has fields as well
 */
export function withNeeded(schema: Schema, value: Record<string, unknown>, items = false, depth = DEEPEST): Record<string, unknown> {
  if (depth === 0) return value;
  const inside = (member: Schema, one: unknown): unknown => {
    if (Array.isArray(one)) return items ? one.map((item: unknown) => inside(member.items ?? {}, item)) : one;
    return isRecord(one) ? withNeeded(member, one, items, depth - 1) : one;
  };
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, member]): [string, unknown][] => {
    const one = valueAt(value, [name]);
    if (one !== undefined) return [[name, inside(member, one)]];
    const needed = member.type === 'object' && member.properties !== undefined && schema.required?.includes(name);
    return needed ? [[name, inside(member, {})]] : [];
  });
  return Object.fromEntries([...Object.entries(value), ...members]);
}

/**
 * What fields hold after the value behind them has become another one: what somebody has typed stays, all else is as it
 * is now.
 *
 * @param before what the fields showed of the value as it was
 * @returns also whether something that is typed now stands beside what somebody else has changed
 */
export function kept(before: Entered, typed: Entered, now: Entered): { fields: Entered; elsewhere: boolean } {
  const names = Object.keys(now);
  const fields = Object.fromEntries(names.map((name): [string, string | boolean] => {
    const entry = typed[name];
    return [name, entry === undefined || entry === before[name] ? now[name] ?? '' : entry];
  }));
  const unsaved = names.some((name) => fields[name] !== now[name]);
  return { fields, elsewhere: unsaved && names.some((name) => now[name] !== before[name]) };
}

/** Which rule of the schema a field's text breaks. */
export type Fault = 'required' | 'notNumber' | 'notWhole' | 'notJson' | 'tooLow' | 'tooHigh' | 'tooShort' | 'tooLong' | 'pattern';

export function faultOf(property: Property, text: string | boolean): Fault | undefined {
  const { schema, kind, required } = property;
  if (typeof text === 'boolean') return undefined;
  if (text.trim() === '') return required ? 'required' : undefined;
  if (kind === 'number') {
    if (numberOf(text) === undefined) return 'notNumber';
    const number = Number(text);
    if (schema.type === 'integer' && !Number.isInteger(number)) return 'notWhole';
    if (schema.minimum !== undefined && number < schema.minimum) return 'tooLow';
    return schema.maximum !== undefined && number > schema.maximum ? 'tooHigh' : undefined;
  }
  if (kind === 'json') {
    try {
      readJson(text);
      return undefined;
    } catch {
      return 'notJson';
    }
  }
  if (kind !== 'text') return undefined;
  if (schema.minLength !== undefined && text.length < schema.minLength) return 'tooShort';
  if (schema.maxLength !== undefined && text.length > schema.maxLength) return 'tooLong';
  return schema.pattern !== undefined && !fits(schema.pattern, text) ? 'pattern' : undefined;
}

/** A pattern that this browser does not read is left to the server. */
function fits(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true;
  }
}
