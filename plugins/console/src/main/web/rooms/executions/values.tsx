import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { text } from '@/strings';
import { Json } from '@/ui/json';
import { json, legible } from '@/ui/legible';

const SHORT = 60;
const OPEN_UNTIL = 1_200;
const words = text.executions.insight;

/** Channels with their values: what is short in a line, what is long folded, so that a large state can be looked through. */
export function Values({ values }: { values: Record<string, unknown> }) {
  const names = Object.keys(values);
  if (names.length === 0) return <p className="text-soft">{words.nothing}</p>;
  return (
    <ul className="flex min-w-0 flex-col divide-y rounded-lg border">
      {names.map((name) => {
        const written = json(values[name]);
        return (
          <li key={name} className="min-w-0 px-3 py-1.5">
            {written.length <= SHORT ? (
              <p className="flex flex-wrap items-baseline gap-x-3"><code className="font-mono text-xs font-medium">{legible(name)}</code><span className="min-w-0 font-mono text-xs break-words text-soft">{written}</span></p>
            ) : (
              <Channel name={name} value={values[name]} size={written.length} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Channel({ name, value, size }: { name: string; value: unknown; size: number }) {
  const [open, setOpen] = useState(size <= OPEN_UNTIL && typeof value === 'string');
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)} className="group min-w-0">
      <summary className="flex items-center gap-2">
        <ChevronRight size={13} aria-hidden className="shrink-0 text-soft transition-transform group-open:rotate-90" />
        <code className="font-mono text-xs font-medium">{legible(name)}</code>
        <span className="tabular ml-auto text-xs whitespace-nowrap text-soft">{Array.isArray(value) ? words.items(value.length) : words.characters(size)}</span>
      </summary>
      {open && <div className="py-1.5"><Json value={value} label={name} /></div>}
    </details>
  );
}
