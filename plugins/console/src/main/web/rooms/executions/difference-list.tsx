import { text } from '@/strings';
import { Badge, type Tone } from '@/ui/badge';
import type { Difference } from './differences';
import { cx } from '@/ui/cx';
import { exact, exactJson, json, legible, plain } from '@/ui/legible';

const TONES: Record<Difference['kind'], Tone> = { added: 'good', removed: 'bad', changed: 'info' };
const words = text.executions.checkpoint;

const MOST_POINTER = 1_000;

/**
 * Differences with what stood there before and stands there now.
 *
 * @param whole whether it is to be agreed to: nothing is cut, and each character is seen
 */
export function DifferenceList({ changes, label = words.changes, whole = false }: { changes: Difference[]; label?: string; whole?: boolean }) {
  return (
    <ul className="flex flex-col gap-2" aria-label={label}>
      {changes.map((change) => (
        <li key={change.pointer} className="overflow-hidden rounded-lg border">
          <p className="flex items-center gap-2 border-b bg-canvas px-2.5 py-1.5"><Badge tone={TONES[change.kind]}>{words.kinds[change.kind]}</Badge><code className="min-w-0 font-mono text-xs break-all">{whole ? exact(change.pointer || '/') : legible(change.pointer || '/', MOST_POINTER)}</code></p>
          {change.kind !== 'added' && <Side sign="−" value={change.before} look="bg-bad-wash/60" whole={whole} />}
          {change.kind !== 'removed' && <Side sign="+" value={change.after} look="bg-good-wash/60" whole={whole} />}
        </li>
      ))}
    </ul>
  );
}

function Side({ sign, value, look, whole }: { sign: string; value: unknown; look: string; whole: boolean }) {
  const Tag = sign === '+' ? 'ins' : 'del';
  return (
    <p className={`flex gap-2 px-2.5 py-1.5 font-mono text-xs ${look}`}>
      <span aria-hidden className="text-soft select-none">{sign}</span>
      <Tag className={cx('min-w-0 break-words whitespace-pre-wrap no-underline', !whole && 'line-clamp-6')}>{typeof value === 'string' ? (whole ? exact(value) : plain(value)) : whole ? exactJson(value, 1) : json(value, 1)}</Tag>
    </p>
  );
}
