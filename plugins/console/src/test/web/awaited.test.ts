import { expect, it } from 'vitest';
import { approvalsOf, questionsOf } from '@/rooms/executions/awaited';

it('what is decided in its own place is not answered', () => {
  const question = { id: '2:ask', node: 'ask', payload: { prompt: 'How many?' } };
  const said = { id: '3:say', node: 'say', payload: 'approval' };
  const approval = { id: 'apr_1', node: 'pay', payload: { kind: 'approval', approval: 'apr_1', about: 'tool site.publish' } };
  const old = { id: 'apr_2', node: 'pay', payload: { kind: 'approval' } };
  expect(questionsOf({ interrupts: [question, approval, said, old] })).toEqual([question, said]);
  expect(approvalsOf({ interrupts: [question, approval, said, old] })).toEqual(['apr_1', 'apr_2']);
  expect([questionsOf({}), approvalsOf({})]).toEqual([[], []]);
});
