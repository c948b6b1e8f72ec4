import { useQueryClient } from '@tanstack/react-query';
import { CirclePause, CirclePlay, CircleStop, GitPullRequestArrow, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { Attempt } from '@/api/attempt';
import { api, body, done, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { ago } from '@/ui/format';
import { ending, legible } from '@/ui/legible';
import { approvalsOf, questionsOf } from './awaited';
import { Awaits } from './awaits';
import { Asked } from './asked';
import { isOver } from './history';
import { commandOf, questionOf, type Typed } from './questions';
import { Migrate, useOtherVersions } from './migrate';
import { canMigrate } from './migration';
import { canRetry } from './retry';

type Execution = Schemas['Execution'];
type Doing = 'cancel' | 'pause' | 'resume' | 'retry' | 'migrate';

const words = text.executions.actions;

function useRefresh(id: string) {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['executions', id] });
}

/**
 * What may be done to an execution in its state, by whoever has the right.
 *
 * @param name of its graph
 */
export function Actions({ execution, name }: { execution: Execution; name: string }) {
  const [doing, setDoing] = useState<Doing>();
  const may = useCan('executions:write');
  const refresh = useRefresh(execution.id);
  const navigate = useNavigate();
  const { id, state } = execution;
  const others = useOtherVersions(execution, may && canMigrate(execution));
  const approvals = state === 'WAITING' ? approvalsOf(execution) : [];
  if (!may) return <Awaits approvals={approvals} />;
  const path = { path: { id } };
  const over = isOver(state);
  const close = () => setDoing(undefined);
  const run = async (work: Promise<unknown>) => {
    await done(work);
    await refresh();
  };
  const retry = async (_: string, attempt: Attempt) => {
    const begun = await attempt('retry', (header) => body(api.POST('/api/v1/executions/{id}/retry', { params: { ...path, header } })));
    await refresh();
    if (typeof begun === 'object' && begun.id !== id) await navigate(`/executions/${begun.id}`);
  };
  return (
    <>
      <Awaits approvals={approvals} />
      {state === 'WAITING' && (approvals.length === 0 || questionsOf(execution).length > 0) && <Button look="primary" icon={<CirclePlay size={16} aria-hidden />} onClick={() => setDoing('resume')}>{words.resume}</Button>}
      {['QUEUED', 'RUNNING'].includes(state) && execution.pauseRequested !== true && <Button icon={<CirclePause size={16} aria-hidden />} onClick={() => setDoing('pause')}>{words.pause}</Button>}
      {canRetry(execution) && <Button icon={<RotateCcw size={16} aria-hidden />} onClick={() => setDoing('retry')}>{words.retry}</Button>}
      {others && <Button icon={<GitPullRequestArrow size={16} aria-hidden />} onClick={() => setDoing('migrate')}>{words.migrate}</Button>}
      {!over && <Button look="danger" disabled={execution.cancelRequested} icon={<CircleStop size={16} aria-hidden />} onClick={() => setDoing('cancel')}>{words.cancel}</Button>}
      {doing === 'cancel' && (
        <Confirm title={words.cancelTitle(id)} action={words.cancelNow} keep={words.cancelNot} typed={ending(id)} onClose={close} run={(_, attempt) => run(attempt('cancel', (header) => api.POST('/api/v1/executions/{id}/cancel', { params: { ...path, header } })))}>
          <p>{words.of(legible(execution.agent ?? name))} {words.soFar(ago(execution.createdAt), execution.step)}</p>
          <p>{words.cancelDetail}</p>
        </Confirm>
      )}
      {doing === 'pause' && (
        <Confirm danger={false} title={words.pause} action={words.pause} onClose={close} run={(_, attempt) => run(attempt('pause', (header) => api.POST('/api/v1/executions/{id}/pause', { params: { ...path, header } })))}>
          <p>{words.pauseDetail}</p>
        </Confirm>
      )}
      {doing === 'retry' && <Confirm danger={false} title={words.retry} action={words.retry} onClose={close} run={retry}><p>{words.retryDetail}</p></Confirm>}
      {doing === 'migrate' && <Migrate execution={execution} onClose={close} />}
      {doing === 'resume' && <Resume execution={execution} onClose={close} />}
    </>
  );
}

/** Answers what an execution waits for, save approvals: each question on its own. */
export function Resume({ execution, onClose }: { execution: Execution; onClose: () => void }) {
  // What is asked while the form is open is left to the next time: a field must not come between those that are typed in.
  const [asked] = useState(() => ({ interrupts: execution.interrupts ?? [] }));
  const [typed, setTyped] = useState<Typed>({});
  const refresh = useRefresh(execution.id);
  const questions = questionsOf(asked).map(questionOf);
  const command = commandOf(asked, typed);
  const alone = questions.length === 1;
  const run = async (_: string, attempt: Attempt) => {
    const content = command ?? {};
    await done(attempt(content, (header) => api.POST('/api/v1/executions/{id}/resume', { params: { path: { id: execution.id }, header }, body: content })));
    await refresh();
  };
  return (
    <Confirm danger={false} title={words.resume} action={words.resume} onClose={onClose} disabled={!command} run={run}>
      {questions.length === 0 && <p>{words.resumePaused}</p>}
      {questions.map((question) => (
        <Asked key={question.id} question={question} alone={alone} typed={typed[question.id] ?? {}} onType={(entries) => setTyped((now) => ({ ...now, [question.id]: entries }))} />
      ))}
      {questions.length > 1 && <p className="text-xs text-soft">{text.executions.asked.staysAsked}</p>}
    </Confirm>
  );
}
