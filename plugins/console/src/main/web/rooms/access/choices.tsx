import type { ReactNode } from 'react';

export interface Choice {
  id: string;
  name: string;
  hint?: string;
}

/**
 * Ticks some.
 *
 * @param search by which there are other choices, when there are many
 */
export function Choices({ label, search, choices, chosen, onChange }: {
  label: string; search?: ReactNode; choices: Choice[]; chosen: string[]; onChange: (chosen: string[]) => void;
}) {
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">{label}</legend>
      {search !== undefined && <div className="mb-2">{search}</div>}
      <div className="flex max-h-64 flex-col gap-2 overflow-y-auto rounded-lg border p-3">
        {choices.map((choice) => (
          <label key={choice.id} className="flex items-start gap-2.5">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={chosen.includes(choice.id)}
              onChange={(event) => onChange(event.target.checked ? [...chosen, choice.id] : chosen.filter((other) => other !== choice.id))}
            />
            <span>{choice.name}{choice.hint !== undefined && <span className="block text-xs text-soft">{choice.hint}</span>}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
