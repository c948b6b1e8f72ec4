import { exactJson } from '@/ui/legible';

/**
 * The arguments that somebody edits, once those of the approval have become others: who has changed nothing of them goes
 * on with those that are asked for now.
 *
 * @param edited undefined when nobody edits them
 */
export function editedSince(edited: string | undefined, before: unknown, now: unknown): string | undefined {
  return edited === exactJson(before, 2) ? exactJson(now, 2) : edited;
}
