import type { Schemas } from '@/api/client';
import { isRecord } from '@/api/exact';

type Execution = Pick<Schemas['Execution'], 'interrupts'>;
type Interrupt = Schemas['Interrupt'];

/** The approval that a question stands for: it is decided in its own place, and an answer is refused. */
export function approvalOf({ id, payload }: Interrupt): string | undefined {
  if (!isRecord(payload) || payload['kind'] !== 'approval') return undefined;
  return typeof payload['approval'] === 'string' ? payload['approval'] : id;
}

/** What a waiting execution asks and anybody who may go on with it can answer. */
export function questionsOf({ interrupts = [] }: Execution): Interrupt[] {
  return interrupts.filter((interrupt) => approvalOf(interrupt) === undefined);
}

/** The ids of the approvals that it waits for. */
export function approvalsOf({ interrupts = [] }: Execution): string[] {
  return interrupts.flatMap((interrupt) => approvalOf(interrupt) ?? []);
}
