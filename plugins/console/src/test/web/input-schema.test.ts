import { describe, expect, it } from 'vitest';
import { filesInto, kindOf, membersOf, missing, schemaOf, withoutEmpty } from '../../main/web/rooms/chat/input-schema';
import { spokenTo } from '../../main/web/rooms/chat/words';
import { withNeeded, type Schema } from '../../main/web/ui/schema';

const document = { type: 'object', properties: { name: { type: 'string' }, text: { type: 'string' } }, required: ['name', 'text'] };
const schema = { type: 'object', properties: { question: { type: 'string' }, documents: { type: 'array', items: document }, depth: { type: 'integer' } }, required: ['question', 'depth'] };

describe('the input of an agent', () => {
  it('is spoken to by its text, by messages, or by a form alone', () => {
    expect(spokenTo(schema)).toEqual({ by: 'member', name: 'question' });
    expect(spokenTo({ properties: { messages: { type: 'array' } } })).toEqual({ by: 'messages' });
    expect(spokenTo({})).toEqual({ by: 'messages' });
    expect(spokenTo({ properties: { from: { type: 'integer' }, unit: { type: 'string', enum: ['C', 'F'] } } })).toEqual({ by: 'form' });
    expect(membersOf(schema, 'question').map(([name]) => name)).toEqual(['documents', 'depth']);
  });

  it('has a field for each kind of value', () => {
    expect(kindOf('documents', schema.properties.documents, 0)).toBe('list');
    expect(kindOf('documents', schema.properties.documents, 9)).toBe('json');
    expect(kindOf('text', { type: 'string' }, 1)).toBe('long');
    expect(kindOf('unit', { type: 'string', enum: ['C'] }, 0)).toBe('choice');
    expect(filesInto(document)).toEqual({ name: 'name', content: 'text' });
    expect(filesInto({ properties: { text: { type: 'string' } } })).toBeUndefined();
  });

  it('leaves out what is empty and tells what is missing', () => {
    const value = withoutEmpty({ documents: [{}, { name: 'a.md', text: '' }], depth: 0, note: '' });
    expect(value).toEqual({ documents: [{ name: 'a.md' }], depth: 0 });
    expect(missing(schema, value)).toEqual(['/question', '/documents/0/text']);
    expect(withoutEmpty({ a: [], b: [''] })).toBeUndefined();
  });

  it('misses no object that may be empty, and what an object needs', () => {
    const options: Schema = { type: 'object', properties: { loud: { type: 'boolean' } } };
    const whole: Schema = { type: 'object', required: ['question', 'options', 'host'], properties: { question: { type: 'string' }, options, host: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } } };
    const asked = schemaOf(whole, membersOf(whole, 'question'));
    const sent = withNeeded(asked, {}, true);
    expect(sent).toEqual({ options: {}, host: {} });
    expect(missing(asked, sent)).toEqual(['/host/name']);
    expect(missing(asked, withNeeded(asked, { host: { name: 'a' } }, true))).toEqual([]);
  });
});
