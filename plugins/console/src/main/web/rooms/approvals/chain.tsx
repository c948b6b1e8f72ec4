import { Check, CircleDashed, X } from 'lucide-react';
import { text } from '@/strings';
import { cx } from '@/ui/cx';
import type { Approval } from './decision';
import { Who, type Names } from './who';
import { legible, plain } from '@/ui/legible';
import { When } from '@/ui/when';

const words = text.approvals;

/** A decider as people read it: a role, a group, or somebody. */
export function Decider({ decider, names }: { decider: string; names: Names }) {
  const [kind, name] = decider.includes(':') ? decider.split(/:(.*)/s) : ['', decider];
  return kind === 'role' ? words.role(legible(name ?? '')) : kind === 'group' ? words.group(legible(name ?? '')) : <Who id={decider} names={names} />;
}

/** Whose consent is needed one after the other, and how far it has come. */
export function Chain({ approval, names }: { approval: Approval; names: Names }) {
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
                <span className={cx('block', current && 'font-semibold')}><Decider decider={decider} names={names} /></span>
                <span className="block text-xs break-words text-soft">
                  {vote ? <><Who id={vote.by} names={names} /> {words.agreedWord} <When whole at={vote.at} />{vote.reason && <>: {plain(vote.reason)}</>}</>
                    : stopped ? <><Who id={refused.by} names={names} /> {words.refusedWord}{refused.reason && <>: {plain(refused.reason)}</>}</>
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
