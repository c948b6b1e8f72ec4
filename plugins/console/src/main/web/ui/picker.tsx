import { Search } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { text } from '@/strings';
import { cx } from './cx';
import { TextField } from './field';
import { legible } from './legible';
import { Failure, Loading } from './states';

/** One of many who can be chosen. */
export interface Candidate {
  id: string;
  name: string;
  hint?: string;
  icon?: ReactNode;
  /** Is there and cannot be chosen. */
  absent?: boolean;
}

/** The field by which a long list is searched. */
export function SearchField({ label, wanted, onWanted }: { label: string; wanted: string; onWanted: (wanted: string) => void }) {
  return (
    <div className="relative">
      <Search size={15} aria-hidden className="absolute top-2.5 left-3 text-soft" />
      <TextField hidden type="search" label={label} placeholder={label} className="pl-9" value={wanted} maxLength={200} autoComplete="off" spellCheck={false} onChange={(event) => onWanted(event.target.value)} />
    </div>
  );
}

/**
 * Chooses one of many, of whom those are shown that were searched for.
 *
 * @param find what can be typed
 * @param found who is found, in order; who was chosen before stays in sight
 * @param more whether there are others that are found as well
 */
export function Picker({ legend, find, wanted, onWanted, found, pending, error, more, nobody, chosen, onChoose }: {
  legend: string;
  find: string;
  wanted: string;
  onWanted: (wanted: string) => void;
  found: Candidate[];
  pending: boolean;
  error: unknown;
  more: boolean;
  nobody: string;
  chosen: string;
  onChoose: (one: Candidate) => void;
}) {
  const name = useId();
  const [last, setLast] = useState<Candidate>();
  const hidden = last?.id === chosen && !found.some((one) => one.id === chosen) ? [last] : [];
  const shown = [...hidden, ...found];
  const choose = (one: Candidate) => {
    setLast(one);
    onChoose(one);
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">{legend}</legend>
      <SearchField label={find} wanted={wanted} onWanted={onWanted} />
      {error ? <Failure compact thrown={error} /> : null}
      {pending ? <Loading rows={3} /> : (
        <div className="flex max-h-64 flex-col overflow-y-auto rounded-lg border p-1">
          {shown.map((one) => <Choice key={one.id} name={name} one={one} chosen={chosen} onChoose={choose} />)}
          {shown.length === 0 && <p className="p-3 text-soft">{nobody}</p>}
          {more && <p className="px-2.5 py-2 text-xs text-soft">{text.common.search.more}</p>}
        </div>
      )}
    </fieldset>
  );
}

function Choice({ name, one, chosen, onChoose }: { name: string; one: Candidate; chosen: string; onChoose: (one: Candidate) => void }) {
  return (
    <label className={cx('flex items-center gap-3 rounded-md px-2.5 py-2', one.absent ? 'cursor-not-allowed' : 'cursor-pointer hover:bg-sunken', chosen === one.id && 'bg-accent-wash')}>
      <input type="radio" name={name} disabled={one.absent} className="size-4 shrink-0 accent-accent" checked={chosen === one.id} onChange={() => onChoose(one)} />
      {one.icon}
      <span className="min-w-0"><span className={cx('block truncate', one.absent ? 'text-soft' : 'font-medium')}>{legible(one.name)}</span>{one.hint && <span className="block truncate text-xs text-soft">{legible(one.hint)}</span>}</span>
    </label>
  );
}
