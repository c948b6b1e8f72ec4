import { describe, expect, it } from 'vitest';
import { readJson, writeJson } from '../../main/web/api/exact';
import { composed, entered, faultOf, isNeeded, kept, propertiesOf, settingsOf, withNeeded, type Schema } from '../../main/web/ui/schema';

const SCHEMA: Schema = {
  type: 'object',
  required: ['model'],
  properties: {
    model: { type: 'string', minLength: 2, pattern: '^[a-z/]+$' },
    passages: { type: 'integer', minimum: 1, maximum: 50 },
    reuse: { type: 'boolean', default: true },
    'a.b/c': { type: 'string' },
    hosts: { type: 'array', items: { type: 'string' } },
    units: { type: 'string', enum: ['metric', 'imperial'] },
    limits: { type: 'object', properties: { calls: { type: 'number' } } },
    anything: {},
  },
};
const properties = propertiesOf(SCHEMA);

function property(name: string) {
  const found = properties.find(({ path }) => path.join('.') === name);
  if (!found) throw new Error(name);
  return found;
}

describe('a form of a JSON Schema', () => {
  it('names what a value sets as its fields do', () => {
    const titled: Schema = { properties: { model: { type: 'string', title: 'Model' }, limits: { type: 'object', properties: { calls: { type: 'number', title: 'Calls' }, rate: {} } }, free: { type: 'object' } } };
    const set = settingsOf(propertiesOf(titled), readJson('{"limits": {"calls": 3, "rate": 1, "other": 2}, "model": "m", "free": {"a": 1}, "more": [1]}'));
    expect(set.map(({ name, value }) => `${name}=${writeJson(value)}`)).toEqual(['Calls=3', 'limits · rate=1', 'limits · other=2', 'Model="m"', 'free={"a":1}', 'more=[1]']);
  });

  it('has a field for each property, those within objects included', () => {
    expect(properties.map(({ path, kind }) => `${path.join('.')} ${kind}`)).toEqual([
      'model text', 'passages number', 'reuse flag', 'a.b/c text', 'hosts lines', 'units choice', 'limits.calls number', 'anything json',
    ]);
  });

  it('gives back what it was given', () => {
    const value = { model: 'a/b', passages: 6, reuse: false, 'a.b/c': 'x', hosts: ['a', 'b'], units: 'metric', limits: { calls: 0.5 }, anything: [1, { a: null }], unknown: 1 };
    expect(composed(properties, entered(properties, value), value)).toEqual(value);
    expect(composed(properties, entered(properties, {}), {})).toEqual({});
  });

  it('keeps every number as it is written', () => {
    const text = '{"passages":9007199254740993,"limits":{"calls":0.10000000000000000001},"anything":[12345678901234567890],"unknown":{"deep":9007199254740995}}';
    const value = readJson(text);
    expect(writeJson(composed(properties, entered(properties, value), value))).toBe(text);
    expect(writeJson(composed(properties, { '/passages': '9007199254740997' }, {}))).toBe('{"passages":9007199254740997}');
  });

  it('leaves out what is emptied, and keeps what has no field', () => {
    const before = { model: 'a', limits: { calls: 1, other: 2 }, hosts: ['a'] };
    const fields = { ...entered(properties, before), '/limits/calls': '', '/hosts': ' \n' };
    expect(composed(properties, fields, before)).toEqual({ model: 'a', limits: { other: 2 } });
    expect(before.limits.calls).toBe(1);
  });

  it('sets a flag only when it is other than what holds without', () => {
    expect(composed(properties, { '/reuse': true }, {})).toEqual({});
    expect(composed(properties, { '/reuse': false }, {})).toEqual({ reuse: false });
    expect(composed(properties, { '/reuse': true }, { reuse: false })).toEqual({ reuse: true });
  });

  it('does not reach the prototype', () => {
    const hostile = propertiesOf(JSON.parse('{"properties":{"__proto__":{"type":"object","properties":{"polluted":{"type":"string"}}}}}') as Schema);
    composed(hostile, { '/__proto__/polluted': 'yes' }, {});
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('says what is wrong with a field', () => {
    expect(faultOf(property('model'), '')).toBe('required');
    expect(faultOf(property('model'), 'a')).toBe('tooShort');
    expect(faultOf(property('model'), 'A1')).toBe('pattern');
    expect(faultOf(property('passages'), 'x')).toBe('notNumber');
    expect(faultOf(property('passages'), '1.5')).toBe('notWhole');
    expect(faultOf(property('passages'), '0')).toBe('tooLow');
    expect(faultOf(property('passages'), '51')).toBe('tooHigh');
    expect(faultOf(property('anything'), '{')).toBe('notJson');
    expect(faultOf(property('passages'), '')).toBeUndefined();
    expect(faultOf({ path: ['x'], kind: 'text', required: false, schema: { pattern: '(' } }, 'x')).toBeUndefined();
  });

  it('has an empty object where one is needed and nothing of it is filled in', () => {
    const options: Schema = { type: 'object', properties: { loud: { type: 'boolean' }, inner: { type: 'object', required: ['deep'], properties: { deep: { type: 'object', properties: {} } } } } };
    const schema: Schema = { type: 'object', required: ['options', 'lines', 'any'], properties: { options, others: options, lines: { type: 'array', items: options }, any: { type: 'object' } } };
    const sent = (fields: Record<string, string | boolean>, before: Record<string, unknown> = {}) => withNeeded(schema, composed(propertiesOf(schema), fields, before));
    expect(sent({})).toEqual({ options: {} });
    expect(sent({ '/options/loud': true })).toEqual({ options: { loud: true } });
    expect(sent({ '/lines': '[{"inner":{}}]' })).toEqual({ lines: [{ inner: {} }], options: {} });
    expect(withNeeded(schema, { lines: [{ inner: {} }, 1] }, true)).toEqual({ lines: [{ inner: { deep: {} } }, 1], options: {} });
    expect(sent({}, { others: { inner: {} } })).toEqual({ options: {}, others: { inner: { deep: {} } } });
    const before = { others: { inner: {} } };
    withNeeded(schema, before);
    expect(before).toEqual({ others: { inner: {} } });
    // What is too deep for fields is written as JSON, and stays as it is written.
    const deep = (depth: number): Schema => ({ type: 'object', required: ['in'], properties: depth === 0 ? {} : { in: deep(depth - 1) } });
    expect(withNeeded(deep(5), {})).toEqual({ in: { in: { in: {} } } });
  });

  it('keeps what is typed when the value behind it becomes another one', () => {
    const before = { '/a': 'one', '/b': 'two' };
    expect(kept(before, before, { '/a': '1', '/b': 'two' })).toEqual({ fields: { '/a': '1', '/b': 'two' }, elsewhere: false });
    expect(kept(before, { '/a': 'one', '/b': 'mine' }, { '/a': '1', '/b': 'two' })).toEqual({ fields: { '/a': '1', '/b': 'mine' }, elsewhere: true });
    expect(kept(before, { '/a': 'one', '/b': 'mine' }, { '/a': 'one', '/b': 'theirs' })).toEqual({ fields: { '/a': 'one', '/b': 'mine' }, elsewhere: true });
    // It was saved, and is answered as it was typed.
    expect(kept(before, { '/a': 'one', '/b': 'mine' }, { '/a': 'one', '/b': 'mine' })).toEqual({ fields: { '/a': 'one', '/b': 'mine' }, elsewhere: false });
  });

  it('needs what an object needs only when that object is begun', () => {
    const fields = propertiesOf({ required: ['host'], properties: {
      host: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
      proxy: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, trusted: { type: 'boolean' } } },
    } });
    const needed = (typed: Record<string, string | boolean>) => fields.filter((one) => isNeeded(one, fields, typed)).map(({ path }) => path.join('.'));
    expect(needed({})).toEqual(['host.name']);
    expect(needed({ '/proxy/trusted': false })).toEqual(['host.name']);
    expect(needed({ '/proxy/trusted': true })).toEqual(['host.name', 'proxy.name']);
  });
});
