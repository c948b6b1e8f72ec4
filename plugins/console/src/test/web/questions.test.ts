import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { writeJson } from '../../main/web/api/exact';
import { Asked } from '../../main/web/rooms/executions/asked';
import { commandOf, fieldsOf, hasJson, isAsJson, PASSED, questionOf, switched, wrongWith, type Typed } from '../../main/web/rooms/executions/questions';
import { Waits } from '../../main/web/rooms/executions/waits';

const GUESTS = { id: '0:first', node: 'first', payload: { prompt: 'How many guests come?', schema: { type: 'integer', minimum: 1 } } };
const MEAL = { id: '0:second', node: 'second', payload: { prompt: 'What is cooked?', schema: { type: 'string' } } };
const SURE = { id: '0:sure', node: 'sure', payload: { prompt: 'Sure?', schema: { type: 'boolean' } } };
const COPIES = {
  id: '1:copies', node: 'copies',
  payload: { prompt: 'How many, for whom?', schema: { type: 'object', required: ['many'], properties: { many: { type: 'integer' }, whom: { type: 'string' }, bound: { type: 'boolean' } } } },
};
const ANY = { id: '0:any', node: 'any', payload: { prompt: 'Well?' } };
const WAIT = { id: '3:pause', node: 'pause', payload: { kind: 'wait', until: '2026-11-29T18:22:18.393Z' } };
const EVENT = { id: '3:paid', node: 'paid', payload: { kind: 'wait', event: 'payment', schema: { type: 'object' } } };
const BEFORE = { id: '4:publish/before', node: 'publish', payload: { kind: 'before', node: 'publish' } };
const APPROVAL = { id: 'apr_1', node: 'pay', payload: { kind: 'approval', approval: 'apr_1', about: 'tool pay.do' } };

const command = (interrupts: (typeof GUESTS | typeof ANY | typeof WAIT | typeof BEFORE | typeof APPROVAL | typeof EVENT | typeof COPIES | typeof SURE)[], typed: Typed) => commandOf({ interrupts }, typed);

describe('what an execution is answered', () => {
  it('is nothing before somebody has answered', () => {
    for (const one of [GUESTS, MEAL, SURE, COPIES, ANY, EVENT]) expect(command([one], {})).toBeUndefined();
    expect(command([GUESTS, MEAL], {})).toBeUndefined();
  });

  it('goes to the question that was seen, although it is the only one', () => {
    expect(command([GUESTS], { '0:first': { '/answer': '12' } })).toEqual({ resume: { '0:first': 12 } });
  });

  it('goes to each of several questions by its id, and leaves asked what is left empty', () => {
    expect(command([GUESTS, MEAL], { '0:first': { '/answer': '12' } })).toEqual({ resume: { '0:first': 12 } });
    expect(command([GUESTS, MEAL], { '0:first': { '/answer': '12' }, '0:second': { '/answer': 'soup' } })).toEqual({ resume: { '0:first': 12, '0:second': 'soup' } });
    expect(command([GUESTS, APPROVAL], { '0:first': { '/answer': '12' } })).toEqual({ resume: { '0:first': 12 } });
  });

  it('is not sent while one of them is answered wrongly', () => {
    expect(command([GUESTS, MEAL], { '0:first': { '/answer': 'twelve' }, '0:second': { '/answer': 'soup' } })).toBeUndefined();
    expect(command([GUESTS], { '0:first': { '/answer': '0' } })).toBeUndefined();
  });

  it('has the type that is asked for', () => {
    expect(command([MEAL], { '0:second': { '/answer': '12' } })).toEqual({ resume: { '0:second': '12' } });
    expect(command([SURE], { '0:sure': { '/answer': 'false' } })).toEqual({ resume: { '0:sure': false } });
    expect(command([COPIES], { '1:copies': { '/answer/many': '3', '/answer/bound': 'false' } })).toEqual({ resume: { '1:copies': { many: 3, bound: false } } });
    expect(command([ANY], { '0:any': { '/answer': '[1, "a"]' } })).toEqual({ resume: { '0:any': [1, 'a'] } });
    expect(writeJson(command([GUESTS], { '0:first': { '/answer': '9007199254740993' } }))).toBe('{"resume":{"0:first":9007199254740993}}');
  });

  it('needs what the question needs once it is begun', () => {
    expect(command([COPIES], { '1:copies': { '/answer/whom': 'Ada' } })).toBeUndefined();
    const question = questionOf(COPIES);
    const [many] = question.properties;
    expect(many && wrongWith(question, many, { '/answer/whom': 'Ada' })).toBe('required');
    expect(many && wrongWith(question, many, {})).toBeUndefined();
  });

  it('needs what an object needs only when that is begun', () => {
    const payload = { schema: { type: 'object', required: ['many'], properties: { many: { type: 'integer' }, why: { type: 'object', required: ['reason'], properties: { reason: { type: 'string' }, by: { type: 'string' } } } } } };
    const one = { id: '0:why', node: 'why', payload };
    const send = (typed: Typed[string]) => commandOf({ interrupts: [one] }, { '0:why': typed });
    expect(send({ '/answer/many': '3' })).toEqual({ resume: { '0:why': { many: 3 } } });
    expect(send({ '/answer/many': '3', '/answer/why/by': 'Ada' })).toBeUndefined();
    expect(send({ '/answer/many': '3', '/answer/why/by': 'Ada', '/answer/why/reason': 'so' })).toEqual({ resume: { '0:why': { many: 3, why: { by: 'Ada', reason: 'so' } } } });
    expect(send({ '/answer/why/reason': 'so' })).toBeUndefined();
  });

  it('has an empty object where one is needed and nothing of it is filled in', () => {
    const options = { type: 'object', properties: { loud: { type: 'string' } } };
    const one = { id: '0:how', node: 'how', payload: { schema: { type: 'object', required: ['many', 'how'], properties: { many: { type: 'integer' }, how: options, else: options } } } };
    const send = (typed: Typed[string]) => commandOf({ interrupts: [one] }, { '0:how': typed });
    expect(send({ '/answer/many': '3' })).toEqual({ resume: { '0:how': { many: 3, how: {} } } });
    expect(send({ json: 'json', '/answer': '{"many": 3}' })).toEqual({ resume: { '0:how': { many: 3 } } });
  });

  it('is written as JSON where no field can say it', () => {
    const lines = { id: '0:lines', node: 'lines', payload: { schema: { type: 'array', items: { type: 'string' } } } };
    const send = (one: typeof lines | typeof MEAL, written: string) => commandOf({ interrupts: [one] }, { [one.id]: { ...switched(questionOf(one), {}), '/answer': written } });
    expect(send(lines, '[]')).toEqual({ resume: { '0:lines': [] } });
    expect(send(MEAL, '""')).toEqual({ resume: { '0:second': '' } });
    expect(send(MEAL, 'null')).toEqual({ resume: { '0:second': null } });
    expect(send(MEAL, 'soup')).toBeUndefined();
    expect(send(MEAL, ' ')).toBeUndefined();
    const question = questionOf(MEAL);
    const typed = { ...switched(question, {}), '/answer': 'soup' };
    expect(fieldsOf(question, typed).map((field) => wrongWith(question, field, typed))).toEqual(['notJson']);
    expect([hasJson(question), hasJson(questionOf(COPIES)), hasJson(questionOf(SURE)), hasJson(questionOf(ANY)), hasJson(questionOf(WAIT))]).toEqual([true, true, true, false, false]);
  });

  it('keeps what was typed when it is written as JSON, and back', () => {
    const question = questionOf(COPIES);
    const typed = { '/answer/many': '3', '/answer/whom': 'Ada', '/answer/bound': 'false' };
    const asJson = switched(question, typed);
    expect(isAsJson(asJson)).toBe(true);
    expect(command([COPIES], { '1:copies': asJson })).toEqual({ resume: { '1:copies': { many: 3, whom: 'Ada', bound: false } } });
    expect(switched(question, asJson)).toEqual(typed);
    expect(switched(question, { ...asJson, '/answer': '{' })).toEqual({});
  });

  it('may have nothing in it beside other questions, where that is said', () => {
    const optional = { id: '0:optional', node: 'optional', payload: { schema: { type: 'object', properties: { note: { type: 'string' } } } } };
    const bare = { id: '0:bare', node: 'bare', payload: { schema: { type: 'object', properties: {} } } };
    const send = (typed: Typed) => commandOf({ interrupts: [optional, bare] }, typed);
    expect(send({})).toBeUndefined();
    expect(send({ '0:bare': { [PASSED]: 'passed' } })).toEqual({ resume: { '0:bare': {} } });
    expect(send({ '0:bare': { [PASSED]: 'passed' }, '0:optional': { [PASSED]: 'passed' } })).toEqual({ resume: { '0:bare': {}, '0:optional': {} } });
    expect(send({ '0:optional': { [PASSED]: 'passed', '/answer/note': 'x' } })).toEqual({ resume: { '0:optional': { note: 'x' } } });
    const field = (one: typeof bare | typeof MEAL | typeof COPIES) => renderToStaticMarkup(createElement(Asked, { question: questionOf(one), typed: {}, alone: false, onType: () => undefined }));
    expect(field(bare)).toContain('Send it as it is');
    expect(field(MEAL)).not.toContain('Send it as it is');
    expect(field(COPIES)).not.toContain('Send it as it is');
  });

  it('lets go on what asks nothing', () => {
    expect(command([], {})).toEqual({});
    expect(command([WAIT], {})).toEqual({ resume: { '3:pause': null } });
    expect(command([BEFORE], {})).toEqual({ resume: { '4:publish/before': null } });
    expect(command([BEFORE, MEAL], {})).toBeUndefined();
    expect(command([BEFORE, MEAL], { '4:publish/before': { [PASSED]: 'passed' } })).toEqual({ resume: { '4:publish/before': null } });
  });
});

describe('what an execution waits for', () => {
  const shown = (...interrupts: (typeof GUESTS | typeof WAIT | typeof APPROVAL | typeof EVENT | typeof BEFORE)[]) => renderToStaticMarkup(createElement(Waits, { execution: { interrupts } }));

  it('is said in sentences, and not as JSON', () => {
    const all = shown(GUESTS, WAIT, EVENT, BEFORE, APPROVAL);
    for (const sentence of ['How many guests come?', 'It waits until Nov 29, 2026', '‘payment’', 'before publish begins', 'agree to tool pay.do']) expect(all).toContain(sentence);
    expect(all).not.toContain('{');
    expect(shown()).toContain('It was paused.');
  });

  it('is asked with a field of its own, and nothing in it', () => {
    const field = renderToStaticMarkup(createElement(Asked, { question: questionOf(COPIES), typed: {}, alone: true, onType: () => undefined }));
    expect(field.match(/<input(?! type="checkbox")/g)).toHaveLength(2);
    expect(field).toContain('Write the answer as JSON');
    expect(field.match(/<select/g)).toHaveLength(1);
    expect(field).not.toContain('yes&quot;');
    expect(field).not.toContain('schema');
  });
});
