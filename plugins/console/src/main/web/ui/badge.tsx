import type { ReactNode } from 'react';
import type { Liveness } from '@/api/live';
import { text } from '@/strings';
import { cx } from './cx';
import { timeOfDay } from './format';

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'accent' | 'soft';

const TONES: Record<Tone, string> = {
  good: 'bg-good-wash text-good',
  warn: 'bg-warn-wash text-warn',
  bad: 'bg-bad-wash text-bad',
  info: 'bg-info-wash text-info',
  accent: 'bg-accent-wash text-accent-ink',
  soft: 'bg-sunken text-soft',
};

const STATES: Record<string, Tone> = {
  QUEUED: 'soft', RUNNING: 'info', WAITING: 'warn', SUCCEEDED: 'good', FAILED: 'bad', CANCELLED: 'soft', TIMED_OUT: 'bad',
  PENDING: 'warn', APPROVED: 'good', REJECTED: 'bad', EXPIRED: 'soft', WITHDRAWN: 'soft',
  INSTALLING: 'info', STARTED: 'good', STOPPED: 'soft', ENGAGED: 'bad', LIFTED: 'soft',
  DONE: 'good', REFUSED: 'warn', PASSED: 'good', LOW: 'good', MEDIUM: 'warn', HIGH: 'bad', CRITICAL: 'bad',
};

export function toneOf(state: string): Tone {
  return STATES[state] ?? 'soft';
}

export function Badge({ tone = 'soft', pulse = false, dot = false, children }: { tone?: Tone; pulse?: boolean; dot?: boolean; children: ReactNode }) {
  return (
    <span className={cx('inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-medium whitespace-nowrap', TONES[tone])}>
      {(dot || pulse) && <span aria-hidden className={cx('size-1.5 rounded-full bg-current', pulse && 'animate-pulse')} />}
      {children}
    </span>
  );
}

/** A state of the glossary, in its colour and in words. */
export function StateBadge({ state }: { state: string }) {
  return <Badge tone={toneOf(state)} dot pulse={state === 'RUNNING' || state === 'INSTALLING'}>{text.common.states[state] ?? state}</Badge>;
}

/** How fresh what is shown is. */
export function LiveBadge({ liveness }: { liveness: Liveness }) {
  const words = text.common.live;
  return (
    <span role="status">
      {liveness.state === 'live' && <Badge tone="good" pulse>{words.live}</Badge>}
      {liveness.state === 'connecting' && <Badge pulse>{words.connecting}</Badge>}
      {liveness.state === 'ended' && <Badge dot>{words.ended}</Badge>}
      {liveness.state === 'stale' && <Badge tone="warn" dot>{words.stale(timeOfDay(liveness.since))}</Badge>}
    </span>
  );
}
