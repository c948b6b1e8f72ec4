import { useMutation, useQuery } from '@tanstack/react-query';
import { CircleStop, ExternalLink } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useAsking } from '@/api/asking';
import { api, body, done, once, type Schemas } from '@/api/client';
import type { Liveness } from '@/api/live';
import { useCan } from '@/api/session';
import { Decision } from '@/rooms/approvals/decision';
import { Resume } from '@/rooms/executions/actions';
import { approvalsOf, questionsOf } from '@/rooms/executions/awaited';
import { Sentence } from '@/rooms/executions/asked';
import { Awaits } from '@/rooms/executions/awaits';
import { isOver, spokenIn } from '@/rooms/executions/history';
import { questionOf } from '@/rooms/executions/questions';
import { useHistory } from '@/rooms/executions/use-history';
import { text } from '@/strings';
import { LiveBadge, StateBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { number } from '@/ui/format';
import { legible, plain } from '@/ui/legible';
import { Failure } from '@/ui/states';
import { failuresAfter, useFollowed, useReport } from './following';
import { Steps } from './steps';
import { answerOf, citationsOf } from './words';

type Execution = Schemas['Execution'];

const words = text.chat;

/** Says that more comes. Text itself must not fade: it could not be read meanwhile. */
const CURSOR = <span aria-hidden className="ml-0.5 inline-block h-4 w-1.5 translate-y-0.5 animate-pulse rounded-sm bg-accent" />;

/** How an answer that goes on is seen while the events of another one are. */
const ASKED_EVERY_MILLIS = 3_000;

/** An answer as it comes, its steps, and what it needs a person for. */
export function Answer({ execution: listed, actions }: { execution: Execution; actions: ReactNode }) {
  const { id } = listed;
  const followed = useFollowed(id);
  const { history, liveness } = useHistory(id, followed);
  const [answering, setAnswering] = useState(false);
  const asked = useQuery({
    queryKey: ['executions', id],
    queryFn: () => body(api.GET('/api/v1/executions/{id}', { params: { path: { id } } })),
    initialData: listed,
    initialDataUpdatedAt: 0,
    refetchInterval: ({ state }) => !followed && !isOver(state.data?.state ?? listed.state) && ASKED_EVERY_MILLIS,
  });
  const execution = asked.data;
  const failed = useFailures(liveness);
  useReport({ id, createdAt: execution.createdAt, state: execution.state, read: liveness.state === 'ended' || refused(liveness), live: liveness.state === 'live', failed });
  const streamed = spokenIn(history).join('\n\n');
  const over = history.ended || isOver(execution.state);
  const answer = answerOf(execution.output) || streamed;
  const citations = citationsOf(execution.output);
  return (
    <article className="max-w-[92%] min-w-0 rounded-2xl rounded-bl-md border bg-surface px-4 py-3 shadow-card" aria-busy={!over}>
      <Steps execution={execution} history={history} />
      <div aria-live="polite">
        {answer && <p className="leading-relaxed break-words whitespace-pre-wrap">{plain(answer)}{!over && execution.state !== 'WAITING' && CURSOR}</p>}
        {!answer && !over && execution.state !== 'WAITING' && <p className="text-soft">{execution.state === 'QUEUED' ? words.queued : <>{words.working}…{CURSOR}</>}</p>}
        {execution.state === 'CANCELLED' && <p className="text-soft">{words.stopped}</p>}
      </div>
      {execution.failure && execution.failure.code !== 'graph:CANCELLED' && <Failed failure={execution.failure} />}
      {citations.length > 0 && (
        <section className="mt-3 border-t pt-2.5">
          <h2 className="text-xs font-medium text-soft">{words.citations}</h2>
          <ol className="mt-1 flex flex-col gap-1">{citations.map((citation, index) => <li key={citation.key} className="flex gap-2 text-xs"><span className="tabular text-soft">{index + 1}</span><span className="min-w-0 break-words"><strong className="font-medium">{legible(citation.file)}</strong> <q className="text-soft">{plain(citation.quote)}</q></span></li>)}</ol>
        </section>
      )}
      {execution.state === 'WAITING' && asked.isFetchedAfterMount && <Waiting execution={execution} onAnswer={() => setAnswering(true)} />}
      {answering && <Resume execution={execution} onClose={() => setAnswering(false)} />}
      <footer className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-soft">
        {over || !followed ? <StateBadge state={execution.state} /> : <LiveBadge liveness={liveness} />}
        <Cost execution={execution} over={over} />
        <Link to={`/executions/${id}`} className="inline-flex items-center gap-1 hover:text-ink"><ExternalLink size={12} aria-hidden />{words.open}</Link>
        {over ? <span className="ml-auto flex items-center gap-1">{actions}</span> : <Stop id={id} />}
      </footer>
    </article>
  );
}

/** How often the events could not be had, or broke off, since they last came. */
function useFailures(liveness: Liveness): number {
  const [seen, setSeen] = useState({ liveness, failed: 0 });
  if (seen.liveness !== liveness) setSeen({ liveness, failed: failuresAfter(seen.failed, liveness) });
  return seen.failed;
}

/** The server does not hand out these events, so that nobody need wait for them. */
function refused(liveness: Liveness): boolean {
  return liveness.state === 'stale' && [401, 403, 404].includes(liveness.problem?.status ?? 0);
}

function Failed({ failure }: { failure: Schemas['Failure'] }) {
  return (
    <div role="alert" className="mt-2 rounded-lg bg-bad-wash p-3 break-words">
      <p className="font-medium">{plain(failure.message)}</p>
      <p>{plain(failure.action)}</p>
      <p className="mt-1 font-mono text-xs">{failure.code}</p>
    </div>
  );
}

/** The approvals of this execution in line, or the question that it asks. */
function Waiting({ execution, onAnswer }: { execution: Execution; onAnswer: () => void }) {
  const may = useCan('approvals:read');
  const mayAnswer = useCan('executions:write');
  const approvals = useQuery({
    queryKey: ['approvals', 'of', execution.id],
    queryFn: () => body(api.GET('/api/v1/approvals', { params: { query: { state: 'PENDING', limit: '100' } } })),
    enabled: may,
    refetchInterval: useAsking(['approvals'], 3_000),
  });
  const own = approvals.data?.items.filter((approval) => approval.execution === execution.id) ?? [];
  if (own.length > 0) return <div className="mt-3 flex flex-col gap-4 rounded-xl border border-warn/50 p-4">{own.map((approval) => <Decision key={approval.id} approval={approval} />)}</div>;
  if (may && approvals.isPending) return null;
  const elsewhere = approvalsOf(execution);
  const questions = questionsOf(execution).map(questionOf);
  return (
    <div className="mt-3 flex flex-wrap items-center gap-3 rounded-xl bg-warn-wash p-3">
      {elsewhere.length === 0 && <p className="flex-1">{words.waits}</p>}
      {questions.length > 0 && <div className="order-first flex w-full min-w-0 flex-col gap-2 font-medium">{questions.map((question) => <Sentence key={question.id} question={question} />)}</div>}
      <Awaits approvals={elsewhere} />
      {mayAnswer && (elsewhere.length === 0 || questions.length > 0) && <Button onClick={onAnswer}>{words.answer}</Button>}
    </div>
  );
}

function Stop({ id }: { id: string }) {
  const stop = useMutation({ mutationFn: () => done(api.POST('/api/v1/executions/{id}/cancel', { params: { path: { id }, header: once() } })) });
  return (
    <>
      <Button className="ml-auto h-7" look="plain" busy={stop.isPending} icon={<CircleStop size={14} aria-hidden />} onClick={() => stop.mutate()}>{words.stop}</Button>
      {stop.isError && <Failure compact thrown={stop.error} />}
    </>
  );
}

function Cost({ execution, over }: { execution: Execution; over: boolean }) {
  const may = useCan('usage:read');
  const cost = useQuery({
    queryKey: ['executions', execution.id, 'cost', over],
    queryFn: () => body(api.GET('/api/v1/executions/{id}/cost', { params: { path: { id: execution.id } } })),
    enabled: may && over,
    staleTime: Infinity,
  });
  if (!cost.data || cost.data.calls === 0) return null;
  const money = cost.data.costs.map((found) => `${found.amount} ${found.currency}`);
  return <span className="tabular">{[words.tokens(number(cost.data.inputTokens), number(cost.data.outputTokens)), ...money].join(' · ')}</span>;
}
