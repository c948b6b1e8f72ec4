import { Check, CircleAlert, Copy, Inbox, Info, Lock, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { asProblem, type Problem } from '@/api/problem';
import { useInSession, useSession, type Scope } from '@/api/session';
import { text } from '@/strings';
import { Button, IconButton } from './button';
import { useClock } from './clock';
import { useCopy } from './copy';
import { cx } from './cx';
import { ago, dateAndTime } from './format';
import { legible, plain } from './legible';

/** A room's centre when there is nothing else to show: what is so, why, and what can be done. */
export function Notice({ icon, title, children, action, tone = 'soft', whole = false }: {
  icon: ReactNode; title: string; children?: ReactNode; action?: ReactNode; tone?: 'soft' | 'bad';
  /** It stands in place of the room, whose heading it is. */
  whole?: boolean;
}) {
  const Heading = whole ? 'h1' : 'h2';
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center gap-3 px-6 py-14 text-center">
      <div className={cx('grid size-12 place-items-center rounded-2xl', tone === 'bad' ? 'bg-bad-wash text-bad' : 'bg-sunken text-soft')}>{icon}</div>
      <Heading className="text-base font-semibold">{title}</Heading>
      {children !== undefined && <div className="max-w-full text-soft text-balance break-words">{children}</div>}
      {action !== undefined && <div className="mt-1 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return <Notice icon={<Inbox size={22} />} title={title} action={action}>{children}</Notice>;
}

/** Bars in the shape of what is about to come. */
export function Loading({ rows = 4, label = text.common.loading }: { rows?: number; label?: string }) {
  return (
    <div role="status" className="flex flex-col gap-3 p-5">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} aria-hidden className="h-5 animate-pulse rounded-md bg-sunken" style={{ width: `${96 - (row % 3) * 14}%` }} />
      ))}
    </div>
  );
}

export function Forbidden({ scope, whole = false, problem }: { scope?: Scope; whole?: boolean; problem?: Problem }) {
  return (
    <Notice whole={whole} icon={<Lock size={22} />} title={text.common.forbidden.title} action={problem && <CopyButton problem={problem} />}>
      {scope !== undefined && <p>{text.common.forbidden.needs(scope)}</p>}
      <p>{text.common.forbidden.action}</p>
      {problem && <Facts problem={problem} />}
    </Notice>
  );
}

/** Shows its children to whoever has the right, and says which one is missing to others. */
export function Needs({ scope, children }: { scope: Scope; children: ReactNode }) {
  return useSession().can(scope) ? children : <Forbidden whole scope={scope} />;
}

/** Shows its children when a tenant is acted for. */
export function NeedsTenant({ children }: { children: ReactNode }) {
  if (useSession().tenant !== undefined) return children;
  return <Notice whole icon={<Inbox size={22} />} title={text.common.needsTenant.title}>{text.common.needsTenant.detail}</Notice>;
}

/** What is said of it: in the server's words, or in ours where it did not come to an answer. */
function said(problem: Problem): { message: string; action: string } {
  const words = text.common.error;
  const here = location.origin;
  const other = problem.message;
  switch (problem.code) {
    case 'console:UNREACHABLE': return { message: words.unreachable, action: words.unreachableAction };
    case 'console:SERVER_NOT_ALLOWED': return { message: words.notAllowed(other), action: words.notAllowedAction(here) };
    case 'console:SERVER_NOT_NAMED': return { message: words.notNamed(other, here), action: words.notNamedAction(other, here) };
    case 'console:DEFECT': return { message: `${words.defect} ${problem.message}`, action: words.defectAction };
    case 'server:PRECONDITION_REQUIRED': return { message: words.taken, action: words.takenAction };
    default:
      if (problem.stale) return { message: words.stale, action: words.staleAction };
      return { message: plain(problem.message) || (problem.tooMany ? words.tooMany : words.status(problem.status)), action: actionOf(problem) };
  }
}

/** What to do, in the server's words. Those that send a program to a header of the answer are for no person. */
function actionOf(problem: Problem): string {
  return isLater(problem) && problem.code.endsWith('RATE_LIMITED') ? '' : plain(problem.action);
}

function isLater(problem: Problem): problem is Problem & { retryAt: number } {
  return problem.tooMany && problem.retryAt !== undefined;
}

/** What to do, and from when on it can be done again. */
function Advice({ action, problem }: { action: string; problem: Problem }) {
  return (
    <>
      {action !== '' && <p className="[overflow-wrap:anywhere]">{action}</p>}
      {isLater(problem) && <Later at={problem.retryAt} />}
    </>
  );
}

function Later({ at }: { at: number }) {
  useClock();
  const words = text.common.error;
  return <p>{at > Date.now() ? words.later(dateAndTime(at), ago(at)) : words.again}</p>;
}

/** What is to be told others: which error, and of which request. */
function Facts({ problem }: { problem: Problem }) {
  return (
    <p className="mt-2 font-mono text-xs [overflow-wrap:anywhere] text-soft">
      <span className="inline-block">{problem.code}</span>
      {problem.traceId && <> · <span className="inline-block">{text.common.traceId} {problem.traceId}</span></>}
    </p>
  );
}

function written(problem: Problem): string {
  const { message, action } = said(problem);
  return [problem.code, message, action, ...(problem.traceId ? [`${text.common.traceId}: ${problem.traceId}`] : [])].join('\n');
}

function CopyButton({ problem }: { problem: Problem }) {
  const { copied, copy } = useCopy();
  return <Button icon={<Copy size={15} aria-hidden />} onClick={() => copy(written(problem))}>{copied ? text.common.copied : text.common.copy}</Button>;
}

/** What went wrong, in the server's words: the sentence, what to do, the code and the trace id to tell others. */
export function Failure({ thrown, retry, compact = false, whole = false, back }: {
  thrown: unknown; retry?: () => void; compact?: boolean; whole?: boolean;
  /** The way to others of the kind, for when there is none like the one that was looked for. */
  back?: ReactNode;
}) {
  const problem = asProblem(thrown);
  const signedIn = useInSession();
  if (compact && signedIn && problem.unknown) return <NotDone />;
  if (compact) return <CompactFailure problem={problem} />;
  if (problem.forbidden) return <Forbidden whole={whole} problem={problem} />;
  const away = problem.code === 'console:UNREACHABLE';
  const { message, action } = said(problem);
  const missing = problem.status === 404 && back !== undefined;
  return (
    <div role="alert">
      <Notice
        whole={whole}
        tone="bad"
        icon={away ? <Unplug size={22} /> : <CircleAlert size={22} />}
        title={missing ? text.common.error.missing : text.common.error.title}
        action={
          <>
            {missing && back}
            {!missing && retry && <Button look="primary" onClick={retry}>{text.common.retry}</Button>}
            <CopyButton problem={problem} />
          </>
        }
      >
        <p className="text-ink">{message}</p>
        {!missing && <Advice action={action} problem={problem} />}
        <Faults problem={problem} />
        <Facts problem={problem} />
      </Notice>
    </div>
  );
}

/** What was to be done when the sign-in had ended: who reads this has signed in again, and nothing is wrong any more. */
function NotDone() {
  return (
    <div role="status" className="flex gap-3 rounded-lg bg-info-wash p-3">
      <Info size={18} className="mt-0.5 shrink-0 text-info" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{text.common.error.notDone}</p>
        <p>{text.common.error.notDoneAction}</p>
      </div>
    </div>
  );
}

/** In a form, a dialog or a card, beside other things. */
function CompactFailure({ problem }: { problem: Problem }) {
  const { copied, copy } = useCopy();
  const { message, action } = said(problem);
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-bad/40 bg-bad-wash p-3">
      <CircleAlert size={18} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1 break-words">
        <p className="font-medium [overflow-wrap:anywhere]">{message}</p>
        <Advice action={action} problem={problem} />
        <Faults problem={problem} />
        <Facts problem={problem} />
      </div>
      <IconButton label={copied ? text.common.copied : text.common.copyFailure} className="size-7 shrink-0" onClick={() => copy(written(problem))}>
        {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      </IconButton>
    </div>
  );
}

/** Each part of what was sent that is wrong, with its place. */
function Faults({ problem }: { problem: Problem }) {
  if (problem.faults.length === 0) return null;
  return (
    <ul className="mt-2 list-disc pl-5 text-left">
      {problem.faults.map((fault) => <li key={fault.pointer + fault.code}><code className="font-mono text-xs">{legible(fault.pointer)}</code> {plain(fault.message)}</li>)}
    </ul>
  );
}
