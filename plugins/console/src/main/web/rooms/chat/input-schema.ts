import { isRecord } from '@/api/exact';
import { DEEPEST, type Schema } from '@/ui/schema';

/** How a value of an agent's input is asked for. */
export type Kind = 'text' | 'long' | 'number' | 'flag' | 'choice' | 'lines' | 'group' | 'list' | 'json';

const LONG_NAMES = /text|content|body|prompt|description|notes?$/i;

export function kindOf(name: string, schema: Schema, depth: number): Kind {
  if (schema.enum?.every((one) => typeof one === 'string')) return 'choice';
  if (schema.type === 'string') return LONG_NAMES.test(name) || (schema.maxLength ?? 0) > 200 ? 'long' : 'text';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  if (schema.type === 'boolean') return 'flag';
  if (schema.type === 'array' && schema.items?.type === 'string') return 'lines';
  if (depth < DEEPEST && schema.type === 'object' && schema.properties) return 'group';
  if (depth < DEEPEST && schema.type === 'array' && schema.items?.type === 'object' && schema.items.properties) return 'list';
  return 'json';
}

/** The members of an input that a form asks for: all but the one that a person says in words. */
export function membersOf(schema: Schema, spoken: string | undefined): [string, Schema][] {
  return Object.entries(schema.properties ?? {}).filter(([name]) => name !== spoken && name !== 'message' && name !== 'messages');
}

/** The schema of no more than those members. */
export function schemaOf(schema: Schema, members: [string, Schema][]): Schema {
  const properties = Object.fromEntries(members);
  return { ...schema, properties, required: (schema.required ?? []).filter((name) => Object.hasOwn(properties, name)) };
}

/** The value without what was left empty: members without a value, and items of which nothing was filled in. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutEmpty).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (isRecord(value)) {
    const members = Object.entries(value).map(([name, one]) => [name, withoutEmpty(one)] as const).filter(([, one]) => one !== undefined);
    return members.length > 0 ? Object.fromEntries(members) : undefined;
  }
  return value === '' ? undefined : value;
}

/** The pointers of required members that have no value; those of an object that is left out whole are not missed. */
export function missing(schema: Schema, value: unknown, pointer = ''): string[] {
  if (!isRecord(value)) return [];
  const own = (schema.required ?? []).filter((name) => schema.properties?.[name] !== undefined && value[name] === undefined).map((name) => `${pointer}/${name}`);
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const one = value[name];
    if (Array.isArray(one) && member.items) return one.flatMap((item, index) => missing(member.items ?? {}, item, `${pointer}/${name}/${index}`));
    return missing(member, one, `${pointer}/${name}`);
  });
  return [...own, ...inside];
}

/** By which members files can be taken into a list: one for the name, one for what stands in it. */
export function filesInto(schema: Schema): { name: string; content: string } | undefined {
  const texts = Object.entries(schema.properties ?? {}).filter(([, member]) => member.type === 'string').map(([name]) => name);
  const name = texts.find((one) => /^(file_?)?name$|^title$|^path$/i.test(one));
  const content = texts.find((one) => /^(text|content|body)$/i.test(one));
  return name !== undefined && content !== undefined ? { name, content } : undefined;
}
