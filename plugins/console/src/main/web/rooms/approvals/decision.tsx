import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check, Pencil, UserRoundPlus, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, done, once, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { Badge, StateBadge, toneOf } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { TextField } from '@/ui/field';
import { ago, dateAndTime } from '@/ui/format';
import { Json } from '@/ui/json';
import { JsonField, parsed } from '@/ui/json-field';
import { Facts } from '@/ui/page';
import { Failure } from '@/ui/states';

export type Approval = Schemas['Approval'];

const words = text.approvals;

/** One approval, whole: what would run, why it is asked, and the decision for whoever has the right. */
export function Decision({ approval }: { approval: Approval }) {
  const { votes } = approval;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <code className="font-mono font-semibold">{approval.name}</code>
        <StateBadge state={approval.state} />
        <Badge tone={toneOf(approval.risk)}>{approval.risk}</Badge>
        {approval.state === 'PENDING' && <span className="text-soft" title={dateAndTime(approval.expiresAt)}>{words.until(ago(approval.expiresAt))}</span>}
      </div>
      <p>{approval.rule.reason || words.allowed}</p>
      <section className="min-w-0">
        <h2 className="mb-1.5 font-medium">{words.arguments}</h2>
        <Json value={approval.arguments} label={words.arguments} className="max-h-none" />
      </section>
      {(approval.changes?.length ?? 0) > 0 && (
        <section>
          <h2 className="mb-1.5 font-medium">{words.changed}</h2>
          <ul className="flex flex-col gap-1">
            {approval.changes?.map((change) => (
              <li key={change.pointer} className="font-mono text-xs break-words"><span className="text-soft">{change.pointer}</span> <del className="text-bad">{JSON.stringify(change.before)}</del> <ins className="text-good no-underline">{JSON.stringify(change.after)}</ins></li>
            ))}
          </ul>
        </section>
      )}
      <Facts
        items={[
          ...(approval.execution ? [[words.execution, <Link key="e" to={`/executions/${approval.execution}`} className="font-mono text-xs text-accent-ink hover:underline">{approval.execution}</Link>] as [string, ReactNode]] : []),
          ...(approval.operation ? [[words.operation, approval.operation] as [string, string]] : []),
          ...(approval.startedBy ? [[words.by, approval.startedBy] as [string, string]] : []),
          [words.rule, `${approval.rule.policy} v${approval.rule.version} · ${approval.rule.rule}`],
          [words.people, words.agreed(votes.filter((vote) => vote.agreed).length, approval.people)],
          ...(approval.deciders ? [[words.deciders, approval.deciders] as [string, string]] : []),
          ...(approval.chain && approval.chain.length > 0 ? [[words.chain, approval.chain.join(' → ')] as [string, string]] : []),
          ...(approval.assignee ? [[words.assignee, approval.assignee] as [string, string]] : []),
          [words.digest, <code key="d" className="font-mono text-xs break-all text-soft">{approval.digest}</code>],
        ]}
      />
      {votes.length > 0 && (
        <section>
          <h2 className="mb-1 font-medium">{words.votes}</h2>
          <ul>{votes.map((vote) => <li key={vote.by + vote.at}>{vote.by} {vote.agreed ? words.agreedWord : words.refusedWord} {ago(vote.at)}{vote.reason && <>: {vote.reason}</>}</li>)}</ul>
        </section>
      )}
      {approval.state === 'PENDING' && <Decide key={approval.nonce} approval={approval} />}
    </div>
  );
}

function Decide({ approval }: { approval: Approval }) {
  const may = useCan('approvals:decide');
  const queries = useQueryClient();
  const [edited, setEdited] = useState<string>();
  const [reason, setReason] = useState('');
  const [delegating, setDelegating] = useState(false);
  const value = edited === undefined ? undefined : parsed(edited)?.value;
  const broken = edited !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value));
  const common = () => ({ params: { path: { id: approval.id }, header: once() } });
  const because = reason.trim() ? { reason: reason.trim() } : {};
  const { nonce } = approval;
  const decide = useMutation({
    mutationFn: (agreed: boolean) => done(agreed
      ? api.POST('/api/v1/approvals/{id}/approve', { ...common(), body: { nonce, ...because, ...(edited === undefined ? {} : { arguments: value as Record<string, unknown> }) } })
      : api.POST('/api/v1/approvals/{id}/reject', { ...common(), body: { nonce, ...because } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['approvals'] }),
  });
  if (!may) return <p className="rounded-lg bg-sunken p-3 text-soft">{words.noRight}</p>;
  return (
    <div className="flex flex-col gap-3 border-t pt-4">
      {edited !== undefined && <JsonField label={words.edit} value={edited} onChange={setEdited} />}
      <TextField label={words.reason} hint={words.reasonHint} value={reason} onChange={(event) => setReason(event.target.value)} />
      {decide.isError && <Failure compact thrown={decide.error} />}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" icon={<Check size={16} aria-hidden />} disabled={broken} busy={decide.isPending} onClick={() => decide.mutate(true)}>{edited === undefined ? words.approve : words.approveEdited}</Button>
        <Button look="danger" icon={<X size={16} aria-hidden />} disabled={decide.isPending} onClick={() => decide.mutate(false)}>{words.reject}</Button>
        {approval.kind !== 'plugin' && approval.kind !== 'budget' && <Button icon={<Pencil size={15} aria-hidden />} onClick={() => setEdited(edited === undefined ? JSON.stringify(approval.arguments, null, 2) : undefined)}>{edited === undefined ? words.edit : words.stopEditing}</Button>}
        <Button icon={<UserRoundPlus size={16} aria-hidden />} onClick={() => setDelegating(true)}>{words.delegate}</Button>
      </div>
      {delegating && <Delegate approval={approval} onClose={() => setDelegating(false)} />}
    </div>
  );
}

function Delegate({ approval, onClose }: { approval: Approval; onClose: () => void }) {
  const [to, setTo] = useState('');
  const queries = useQueryClient();
  const run = async () => {
    await done(api.POST('/api/v1/approvals/{id}/delegate', { params: { path: { id: approval.id }, header: once() }, body: { nonce: approval.nonce, to: to.trim() } }));
    await queries.invalidateQueries({ queryKey: ['approvals'] });
  };
  return (
    <Confirm danger={false} title={words.delegate} action={words.delegate} disabled={!to.trim()} run={run} onClose={onClose}>
      <TextField label={words.delegateTo} value={to} autoComplete="off" onChange={(event) => setTo(event.target.value)} />
    </Confirm>
  );
}
