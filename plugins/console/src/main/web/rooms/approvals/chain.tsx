import { Check, CircleDashed, X } from 'lucide-react';
import { text } from '@/strings';
import { cx } from '@/ui/cx';
import { ago, dateAndTime } from '@/ui/format';
import type { Approval } from './decision';

const words = text.approvals;

/** A decider as people read it: a role, a group, or an id. */
export function deciderName(decider: string): string {
  const [kind, name] = decider.includes(':') ? decider.split(/:(.*)/s) : ['', decider];
  return kind === 'role' ? words.role(name ?? '') : kind === 'group' ? words.group(name ?? '') : decider;
}

/** Whose consent is needed one after the other, and how far it has come. */
export function Chain({ approval }: { approval: Approval }) {
  const { chain = [], votes, state } = approval;
  const agreed = votes.filter((vote) => vote.agreed);
  const refused = votes.find((vote) => !vote.agreed);
  return (
    <section>
      <h2 className="mb-2 font-medium">{words.chain}</h2>
      <ol className="flex flex-col">
        {chain.map((decider, index) => {
          const vote = agreed[index];
          const current = index === agreed.length && state === 'PENDING';
          const stopped = index === agreed.length && refused !== undefined;
          return (
            <li key={`${index} ${decider}`} aria-current={current ? 'step' : undefined} className="group relative flex gap-3 pb-3 last:pb-0">
              <span aria-hidden className="absolute top-6 bottom-0 left-3 w-px bg-line group-last:hidden" />
              <span className={cx('z-10 grid size-6 shrink-0 place-items-center rounded-full', vote ? 'bg-good-wash text-good' : stopped ? 'bg-bad-wash text-bad' : current ? 'bg-warn-wash text-warn ring-2 ring-warn' : 'bg-sunken text-soft')}>
                {vote ? <Check size={14} aria-hidden /> : stopped ? <X size={14} aria-hidden /> : <CircleDashed size={14} aria-hidden />}
              </span>
              <span className="min-w-0 pt-0.5">
                <span className={cx('block', current && 'font-semibold')}>{deciderName(decider)}</span>
                <span className="block text-xs break-words text-soft">
                  {vote ? <><code className="font-mono">{vote.by}</code> {words.agreedWord} <time dateTime={vote.at} title={dateAndTime(vote.at)}>{ago(vote.at)}</time>{vote.reason && <>: {vote.reason}</>}</>
                    : stopped ? <><code className="font-mono">{refused.by}</code> {words.refusedWord}{refused.reason && <>: {refused.reason}</>}</>
                    : current ? words.turn : words.later}
                </span>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
