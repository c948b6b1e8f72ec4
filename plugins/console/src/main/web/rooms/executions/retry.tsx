import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, RotateCcw } from 'lucide-react';
import { useRef, useState } from 'react';
import { Link } from 'react-router';
import { attempts, type Attempt } from '@/api/attempt';
import { api, body, type Schemas } from '@/api/client';
import { asProblem, type Problem } from '@/api/problem';
import { text } from '@/strings';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { plain } from '@/ui/legible';

type Execution = Schemas['Execution'];
type Outcome = { begun: string } | { problem: Problem };

const words = text.executions.retry;

export function canRetry({ state }: Execution): boolean {
  return state === 'FAILED' || state === 'TIMED_OUT';
}

/** A box for each execution that can be retried, and one for all that are on the page. */
export function ChooseAll({ rows, chosen, onChange }: { rows: Execution[]; chosen: Execution[]; onChange: (chosen: Execution[]) => void }) {
  const open = rows.filter(canRetry);
  const all = open.length > 0 && open.every(({ id }) => chosen.some((one) => one.id === id));
  const others = chosen.filter(({ id }) => !open.some((one) => one.id === id));
  return (
    <label className="flex items-center gap-2 text-wrap">
      <Box label={words.chooseAll} disabled={open.length === 0} checked={all} onChange={(checked) => onChange(checked ? [...others, ...open] : others)} />
      {/* Where rows are cards, no column says what the box is for. */}
      <span aria-hidden className="sm:hidden">{words.chooseAll}</span>
    </label>
  );
}

export function Choose({ execution, chosen, onChange }: { execution: Execution; chosen: Execution[]; onChange: (chosen: Execution[]) => void }) {
  if (!canRetry(execution)) return null;
  const others = chosen.filter(({ id }) => id !== execution.id);
  return <Box label={words.choose(execution.id)} checked={others.length < chosen.length} onChange={(checked) => onChange(checked ? [...others, execution] : others)} />;
}

function Box({ label, checked, onChange, disabled = false }: { label: string; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean }) {
  return <input type="checkbox" aria-label={label} title={label} disabled={disabled} className="block size-4 accent-accent" checked={checked} onChange={(event) => onChange(event.target.checked)} />;
}

/** Retries executions one after the other, and says what came of each; what was refused can be tried once more. */
export function Retry({ executions, onClose }: { executions: Execution[]; onClose: () => void }) {
  const queries = useQueryClient();
  const [outcomes, setOutcomes] = useState<Record<string, Outcome>>({});
  const known = useRef(new Map<string, Attempt>());
  const open = executions.filter(({ id }) => !('begun' in (outcomes[id] ?? {})));
  const one = async (id: string): Promise<Outcome> => {
    // An answer that was lost may have begun one, which the same key finds again.
    const attempt = known.current.get(id) ?? attempts();
    known.current.set(id, attempt);
    try {
      const begun = await attempt('retry', (header) => body(api.POST('/api/v1/executions/{id}/retry', { params: { path: { id }, header } })));
      return { begun: typeof begun === 'object' ? begun.id : id };
    } catch (thrown) {
      return { problem: asProblem(thrown) };
    }
  };
  const doing = useMutation({
    mutationFn: async () => {
      for (const { id } of open) {
        const outcome = await one(id);
        setOutcomes((before) => ({ ...before, [id]: outcome }));
      }
      await queries.invalidateQueries({ queryKey: ['executions'] });
    },
  });
  return (
    <Dialog
      title={words.title(executions.length)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.close}</Button>
          <Button look="primary" icon={<RotateCcw size={16} aria-hidden />} busy={doing.isPending} disabled={open.length === 0} onClick={() => doing.mutate()}>{words.now}</Button>
        </>
      }
    >
      <p>{words.detail}</p>
      <ul aria-label={words.list} aria-live="polite" className="mt-4 flex flex-col gap-2.5">
        {executions.map((execution) => <Row key={execution.id} execution={execution} outcome={outcomes[execution.id]} />)}
      </ul>
    </Dialog>
  );
}

function Row({ execution, outcome }: { execution: Execution; outcome: Outcome | undefined }) {
  return (
    <li className="min-w-0 rounded-lg border px-3 py-2 break-words">
      <p className="flex flex-wrap gap-x-3 font-mono text-xs"><span>{execution.id}</span><span className="text-soft">{execution.failure?.code}</span></p>
      {outcome && 'begun' in outcome && (
        <p className="mt-1 flex items-center gap-2">
          <CircleCheck size={15} className="shrink-0 text-good" aria-hidden />
          <span>{words.begun} <Link to={`/executions/${outcome.begun}`} className="font-mono text-xs text-accent-ink hover:underline">{outcome.begun}</Link></span>
        </p>
      )}
      {outcome && 'problem' in outcome && (
        <p className="mt-1 flex gap-2">
          <CircleAlert size={15} className="mt-0.5 shrink-0 text-bad" aria-hidden />
          <span>{plain(outcome.problem.message)} {plain(outcome.problem.action)} <span className="font-mono text-xs text-soft">{outcome.problem.code}</span></span>
        </p>
      )}
    </li>
  );
}
