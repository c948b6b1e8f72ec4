import { Hourglass } from 'lucide-react';
import type { Schemas } from '@/api/client';
import { isRecord } from '@/api/exact';
import { text } from '@/strings';
import { legible } from '@/ui/legible';
import { Sentence } from './asked';
import { approvalOf } from './awaited';
import { questionOf } from './questions';

const words = text.executions.asked;

/** What a waiting execution waits for, in full, at each place where it does. */
export function Waits({ execution: { interrupts = [] } }: { execution: Pick<Schemas['Execution'], 'interrupts'> }) {
  return (
    <section className="flex gap-3.5 rounded-card border border-warn/40 bg-warn-wash p-4">
      <Hourglass size={20} className="mt-0.5 shrink-0 text-warn" aria-hidden />
      <div className="min-w-0 flex-1">
        <h2 className="font-semibold">{words.title}</h2>
        {interrupts.length === 0 && <p>{words.paused}</p>}
        <ul className="mt-1 flex max-h-72 flex-col gap-2 overflow-y-auto" tabIndex={interrupts.length > 4 ? 0 : undefined}>
          {interrupts.map((interrupt) => (
            <li key={interrupt.id}>
              <span className="font-mono text-xs text-soft">{legible(interrupt.node)}</span>
              {approvalOf(interrupt) === undefined ? <Sentence question={questionOf(interrupt)} /> : <Approval payload={interrupt.payload} />}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Approval({ payload }: { payload: unknown }) {
  const about = isRecord(payload) ? payload['about'] : undefined;
  return <p className="break-words">{typeof about === 'string' ? words.approval(legible(about)) : words.someApproval}</p>;
}
