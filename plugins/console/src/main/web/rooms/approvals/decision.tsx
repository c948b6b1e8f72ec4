import { useQuery } from '@tanstack/react-query';
import { Clock } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, body, type Schemas } from '@/api/client';
import { DifferenceList } from '@/rooms/executions/difference-list';
import { text } from '@/strings';
import { Badge, StateBadge, toneOf } from '@/ui/badge';
import { useClock } from '@/ui/clock';
import { cx } from '@/ui/cx';
import { Json } from '@/ui/json';
import { legible, plain } from '@/ui/legible';
import { Facts } from '@/ui/page';
import { When } from '@/ui/when';
import { Chain, Decider } from './chain';
import { Decide } from './decide';
import { Who, type Names } from './who';

export type Approval = Schemas['Approval'];

const words = text.approvals;
const KINDS = { add: 'added', remove: 'removed', replace: 'changed' } as const;
const SOON_MILLIS = 600_000;

/** A list leaves the names out, so that they are asked for with the one that is looked at. */
function useNames({ id, names }: Approval): Names {
  const whole = useQuery({
    queryKey: ['approvals', id],
    queryFn: () => body(api.GET('/api/v1/approvals/{id}', { params: { path: { id } } })),
    enabled: names === undefined,
    staleTime: 60_000,
  });
  return names ?? whole.data?.names ?? {};
}

/** One approval, whole: what would run, why it is asked, and the decision for whoever has the right. */
export function Decision({ approval }: { approval: Approval }) {
  const { votes, chain = [], changes = [] } = approval;
  const names = useNames(approval);
  useClock();
  const pending = approval.state === 'PENDING';
  const soon = pending && Date.parse(approval.expiresAt) - Date.now() < SOON_MILLIS;
  const time = (at: string) => <When whole at={at} />;
  const facts: [string, ReactNode][] = [];
  if (approval.execution) facts.push([words.execution, <Link key="e" to={`/executions/${approval.execution}`} className="font-mono text-xs text-accent-ink hover:underline">{approval.execution}</Link>]);
  if (approval.operation) facts.push([words.operation, <code key="o" className="font-mono text-xs">{approval.operation}</code>]);
  facts.push([words.columns.asked, time(approval.createdAt)]);
  if (approval.startedBy) facts.push([words.by, <Who key="b" id={approval.startedBy} names={names} />]);
  facts.push([words.rule, `${approval.rule.policy} v${approval.rule.version} · ${approval.rule.rule}`], [words.people, words.agreed(votes.filter((vote) => vote.agreed).length, approval.people)]);
  if (approval.deciders) facts.push([words.deciders, <Decider key="d" decider={approval.deciders} names={names} />]);
  if (approval.assignee) facts.push([words.assignee, <Decider key="a" decider={approval.assignee} names={names} />]);
  if (approval.escalatedTo) facts.push([words.escalatedTo, <Decider key="u" decider={approval.escalatedTo} names={names} />]);
  else if (pending && approval.escalatesAt) facts.push([words.escalates, time(approval.escalatesAt)]);
  if (approval.decidedAt) facts.push([words.decided, time(approval.decidedAt)]);
  facts.push([words.digest, <code key="s" className="font-mono text-xs break-all text-soft">{approval.digest}</code>]);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <code className="font-mono font-semibold break-all" title={legible(approval.name, 1_000)}>{legible(approval.name)}</code>
        <StateBadge state={approval.state} />
        <Badge tone={toneOf(approval.risk)}>{words.risk(approval.risk)}</Badge>
        {pending && <span className={cx('inline-flex items-center gap-1.5', soon ? 'font-medium text-bad' : 'text-soft')} ><Clock size={14} aria-hidden className="shrink-0" />{words.until} <When whole at={approval.expiresAt} /></span>}
      </div>
      <p className="border-l-2 border-warn pl-3 break-words">{plain(approval.rule.reason || words.allowed)}</p>
      <section className="min-w-0">
        <h2 className="mb-1.5 font-medium">{pending ? words.arguments : approval.asked ? words.argumentsEdited : words.argumentsThen}</h2>
        <Json agreed value={approval.arguments} label={words.arguments} className="max-h-none" />
      </section>
      {changes.length > 0 && (
        <section>
          <h2 className="mb-1.5 font-medium">{words.changed}</h2>
          <DifferenceList whole label={words.changed} changes={changes.map(({ op, pointer, before, after }) => ({ kind: KINDS[op], pointer, before, after }))} />
        </section>
      )}
      {chain.length > 0 && <Chain approval={approval} names={names} />}
      <Facts items={facts} />
      {votes.length > 0 && chain.length === 0 && (
        <section>
          <h2 className="mb-1 font-medium">{words.votes}</h2>
          <ul>{votes.map((vote) => <li key={vote.by + vote.at} className="break-words"><Who id={vote.by} names={names} /> {vote.agreed ? words.agreedWord : words.refusedWord} {time(vote.at)}{vote.reason && <>: {plain(vote.reason)}</>}</li>)}</ul>
        </section>
      )}
      {pending && <Decide key={approval.id} approval={approval} />}
    </div>
  );
}
