import { text } from '@/strings';
import { Badge, type Tone } from '@/ui/badge';
import type { Difference } from './differences';
import { json, plain } from '@/ui/legible';

const TONES: Record<Difference['kind'], Tone> = { added: 'good', removed: 'bad', changed: 'info' };
const words = text.executions.checkpoint;

/** Differences with what stood there before and stands there now. */
export function DifferenceList({ changes }: { changes: Difference[] }) {
  return (
    <ul className="flex flex-col gap-2" aria-label={words.changes}>
      {changes.map((change) => (
        <li key={change.pointer} className="overflow-hidden rounded-lg border">
          <p className="flex items-center gap-2 border-b bg-canvas px-2.5 py-1.5"><Badge tone={TONES[change.kind]}>{words.kinds[change.kind]}</Badge><code className="min-w-0 font-mono text-xs break-all">{change.pointer || '/'}</code></p>
          {change.kind !== 'added' && <Side sign="−" value={change.before} look="bg-bad-wash/60" />}
          {change.kind !== 'removed' && <Side sign="+" value={change.after} look="bg-good-wash/60" />}
        </li>
      ))}
    </ul>
  );
}

function Side({ sign, value, look }: { sign: string; value: unknown; look: string }) {
  const Tag = sign === '+' ? 'ins' : 'del';
  return (
    <p className={`flex gap-2 px-2.5 py-1.5 font-mono text-xs ${look}`}>
      <span aria-hidden className="text-soft select-none">{sign}</span>
      <Tag className="line-clamp-6 min-w-0 break-words whitespace-pre-wrap no-underline">{typeof value === 'string' ? plain(value) : json(value, 1)}</Tag>
    </p>
  );
}
