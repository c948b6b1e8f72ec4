import type { Schemas } from '@/api/client';
import { text } from '@/strings';
import { Badge, type Tone } from '@/ui/badge';
import { legible } from '@/ui/legible';

type Outcome = Schemas['Migration']['channels'][string];

const words = text.executions.migration;

const TONES: Record<Outcome, Tone> = { dropped: 'bad', converted: 'info', restored: 'info', default: 'good', kept: 'soft' };
const ORDER = Object.keys(TONES) as Outcome[];

/** What changes comes first. */
export function Outcomes({ channels }: { channels: Record<string, Outcome> }) {
  const names = Object.keys(channels);
  if (names.length === 0) return <p className="text-soft">{words.none}</p>;
  return (
    <ul className="flex flex-col gap-1.5 rounded-lg border p-3">
      {ORDER.flatMap((outcome) => names.filter((name) => channels[name] === outcome).map((name) => (
        <li key={name} className="flex flex-wrap items-center gap-2">
          <code className="font-mono text-xs [overflow-wrap:anywhere]">{legible(name)}</code>
          <Badge tone={TONES[outcome]}>{words.outcomes[outcome]}</Badge>
        </li>
      )))}
    </ul>
  );
}
