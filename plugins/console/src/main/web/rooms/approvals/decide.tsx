import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ArrowUpFromLine, Check, Pencil, UserRoundPlus, X } from 'lucide-react';
import { useState } from 'react';
import { api, done, once } from '@/api/client';
import { isRecord } from '@/api/exact';
import { useCan } from '@/api/session';
import { DifferenceList } from '@/rooms/executions/difference-list';
import { differences } from '@/rooms/executions/differences';
import { text } from '@/strings';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { TextField } from '@/ui/field';
import { JsonField, parsed } from '@/ui/json-field';
import { exactJson } from '@/ui/legible';
import { Failure } from '@/ui/states';
import type { Approval } from './decision';
import { Delegate } from './delegate';
import { editedSince } from './edited';

const words = text.approvals;

/**
 * The decision, for whoever has the right: as asked, with other arguments, not at all, or by somebody else. What was typed
 * stays when somebody else has voted meanwhile.
 */
export function Decide({ approval }: { approval: Approval }) {
  const may = useCan('approvals:decide');
  const queries = useQueryClient();
  const [edited, setEdited] = useState<string>();
  const [reason, setReason] = useState('');
  const [doing, setDoing] = useState<'delegate' | 'escalate'>();
  const [seen, setSeen] = useState(approval);
  const [overtaken, setOvertaken] = useState(false);
  if (seen.nonce !== approval.nonce) {
    setSeen(approval);
    setEdited(editedSince(edited, seen.arguments, approval.arguments));
    setOvertaken(overtaken || edited !== undefined || doing !== undefined || reason.trim() !== '');
  }
  const value = edited === undefined ? undefined : parsed(edited)?.value;
  const changed = isRecord(value) ? differences(approval.arguments, value) : [];
  const broken = edited !== undefined && !isRecord(value);
  const asEdited = changed.length > 0;
  const common = () => ({ params: { path: { id: approval.id }, header: once() } });
  const because = reason.trim() ? { reason: reason.trim() } : {};
  const { nonce } = approval;
  const editable = approval.kind === 'tool';
  const decide = useMutation({
    mutationFn: (agreed: boolean) => done(agreed
      ? api.POST('/api/v1/approvals/{id}/approve', { ...common(), body: { nonce, ...because, ...(asEdited ? { arguments: value as Record<string, unknown> } : {}) } })
      : api.POST('/api/v1/approvals/{id}/reject', { ...common(), body: { nonce, ...because } })),
    // What was typed was for this vote. Who may give another one begins it anew.
    onSuccess: () => {
      setEdited(undefined);
      setReason('');
      setOvertaken(false);
    },
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['approvals'] }), queries.invalidateQueries({ queryKey: ['executions', approval.execution] })]),
  });
  if (!may) return <p className="rounded-lg bg-sunken p-3 text-soft">{words.noRight}</p>;
  return (
    <div className="flex flex-col gap-3 border-t pt-4">
      {edited !== undefined && (
        <>
          <JsonField label={words.edit} value={edited} onChange={setEdited} />
          {isRecord(value) && (
            <section aria-live="polite">
              <h3 className="mb-1.5 font-medium">{words.changing}</h3>
              {asEdited ? <DifferenceList whole label={words.changing} changes={changed} /> : <p className="text-soft">{words.same}</p>}
            </section>
          )}
        </>
      )}
      <TextField label={words.reason} hint={words.reasonHint} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      {overtaken && <p role="status" className="rounded-lg bg-warn-wash px-4 py-3 text-warn">{words.overtaken}</p>}
      {decide.isError && <Failure compact thrown={decide.error} />}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" icon={<Check size={16} aria-hidden />} disabled={broken} busy={decide.isPending} onClick={() => decide.mutate(true)}>{asEdited ? words.approveEdited : words.approve}</Button>
        <Button look="danger" icon={<X size={16} aria-hidden />} disabled={decide.isPending} onClick={() => decide.mutate(false)}>{words.reject}</Button>
        {editable && <Button icon={<Pencil size={15} aria-hidden />} onClick={() => setEdited(edited === undefined ? exactJson(approval.arguments, 2) : undefined)}>{edited === undefined ? words.edit : words.stopEditing}</Button>}
        <Button icon={<UserRoundPlus size={16} aria-hidden />} onClick={() => setDoing('delegate')}>{words.delegate}</Button>
        {approval.escalatedTo === undefined && approval.escalatesAt !== undefined && <Button icon={<ArrowUpFromLine size={15} aria-hidden />} onClick={() => setDoing('escalate')}>{words.escalate}</Button>}
      </div>
      {doing === 'delegate' && <Delegate approval={approval} onClose={() => setDoing(undefined)} />}
      {doing === 'escalate' && <Escalate approval={approval} onClose={() => setDoing(undefined)} />}
    </div>
  );
}

function Escalate({ approval, onClose }: { approval: Approval; onClose: () => void }) {
  const queries = useQueryClient();
  const run = async (reason: string) => {
    await done(api.POST('/api/v1/approvals/{id}/escalate', { params: { path: { id: approval.id }, header: once() }, body: { nonce: approval.nonce, ...(reason ? { reason } : {}) } }));
    await queries.invalidateQueries({ queryKey: ['approvals'] });
  };
  return <Confirm danger={false} title={words.escalate} action={words.escalate} reason="optional" run={run} onClose={onClose}><p>{words.escalateDetail}</p></Confirm>;
}
