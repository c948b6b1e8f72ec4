import { useQuery } from '@tanstack/react-query';
import { Check, SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { api, body, type Schemas } from '@/api/client';
import { store as words } from '@/strings/store';
import { cx } from '@/ui/cx';
import { number } from '@/ui/format';
import { legible } from '@/ui/legible';

/** By what the store is narrowed down; each is a parameter of the address, and of the API under the same name. */
export const FACETS = ['category', 'risk', 'permission', 'publisher', 'installed'] as const;
export type FacetName = (typeof FACETS)[number];
export type Chosen = Partial<Record<FacetName | 'q', string>>;

const RISKS = ['NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
const SHOWN = 6;

/** What the address says; an empty value counts, for a publisher that nobody named. */
export function chosenOf(search: URLSearchParams): Chosen {
  const chosen: Chosen = {};
  for (const name of ['q', ...FACETS] as const) {
    const value = search.get(name);
    if (value !== null) chosen[name] = value;
  }
  return chosen;
}

function nameOf(facet: FacetName, value: string): string {
  if (facet === 'category') return words.kinds[value] ?? value;
  if (facet === 'risk') return words.risks[value] ?? value;
  if (facet === 'installed') return value === 'true' ? words.there : words.notThere;
  if (facet === 'publisher' && value === '') return words.nobody;
  return legible(value);
}

function inOrder(facet: FacetName, values: Schemas['FacetValue'][]): Schemas['FacetValue'][] {
  if (facet !== 'risk') return values;
  return [...values].sort((one, other) => RISKS.indexOf(one.value) - RISKS.indexOf(other.value));
}

/** How many there are by each value, the choice of that facet itself left aside. */
export function useFacets(chosen: Chosen) {
  return useQuery({
    queryKey: ['facets', chosen],
    queryFn: () => body(api.GET('/api/v1/marketplace/facets', { params: { query: chosen } })),
    placeholderData: (before) => before,
  });
}

/** Narrows the store down: values with how many there are of each. */
export function Facets({ counts, chosen, set, clear }: {
  counts: Schemas['ListingFacets']; chosen: Chosen; set: (name: FacetName, value: string | undefined) => void; clear: () => void;
}) {
  const narrowed = FACETS.some((name) => chosen[name] !== undefined);
  const groups = FACETS.map((name) => ({ name, values: inOrder(name, counts[name] ?? []).filter(({ value, count }) => count > 0 || chosen[name] === value) })).filter(({ values }) => values.length > 0);
  if (groups.length === 0) return null;
  return (
    <details className="group self-start rounded-card border bg-surface shadow-card lg:sticky lg:top-4" open={typeof matchMedia === 'undefined' || matchMedia('(min-width: 64rem)').matches}>
      <summary className="flex items-center gap-2 px-4 py-3 font-semibold">
        <SlidersHorizontal size={16} aria-hidden className="text-soft" />
        <span className="flex-1">{words.narrow}</span>
        <span className="text-xs font-normal text-soft" aria-live="polite">{words.found(counts.total)}</span>
      </summary>
      <div className="flex flex-col gap-4 border-t px-2 py-3">
        {groups.map(({ name, values }) => <Group key={name} name={name} values={values} chosen={chosen[name]} set={set} />)}
        {narrowed && <button type="button" className="self-start rounded-lg px-2 py-1.5 text-accent-ink hover:underline" onClick={clear}>{words.clear}</button>}
      </div>
    </details>
  );
}

function Group({ name, values, chosen, set }: {
  name: FacetName; values: Schemas['FacetValue'][]; chosen: string | undefined; set: (name: FacetName, value: string | undefined) => void;
}) {
  const [all, setAll] = useState(false);
  const shown = all ? values : values.slice(0, SHOWN);
  return (
    <fieldset>
      <legend className="px-2 pb-1 text-xs font-medium text-soft">{words.facets[name]}</legend>
      {shown.map(({ value, count }) => {
        const on = chosen === value;
        return (
          <button
            key={value}
            type="button"
            aria-pressed={on}
            onClick={() => set(name, on ? undefined : value)}
            className={cx('flex w-full items-center gap-2 rounded-lg px-2 py-1.5 text-left', on ? 'bg-accent-wash text-accent-ink' : 'hover:bg-sunken')}
          >
            <span className={cx('min-w-0 flex-1 truncate', name === 'permission' && 'font-mono text-xs')}>{nameOf(name, value)}</span>
            {on && <Check size={14} aria-hidden className="shrink-0" />}
            <span className={cx('tabular text-xs', on ? 'text-accent-ink' : 'text-soft')}>{number(count)}</span>
          </button>
        );
      })}
      {values.length > shown.length && <button type="button" className="rounded-lg px-2 py-1.5 text-xs text-accent-ink hover:underline" onClick={() => setAll(true)}>{words.moreValues(values.length - shown.length)}</button>}
    </fieldset>
  );
}
