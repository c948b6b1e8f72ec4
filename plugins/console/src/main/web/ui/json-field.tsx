import { readJson } from '@/api/exact';
import { text } from '@/strings';
import { TextArea } from './field';

/** What is written as JSON, or undefined when it is none. */
export function parsed(written: string): { value: unknown } | undefined {
  try {
    return { value: readJson(written) };
  } catch {
    return undefined;
  }
}

/** A JSON value to edit as text. */
export function JsonField({ label, hint, value, onChange, rows = 8 }: {
  label: string; hint?: string; value: string; onChange: (written: string) => void; rows?: number;
}) {
  return (
    <TextArea
      label={label}
      {...(hint === undefined ? {} : { hint })}
      rows={rows}
      spellCheck={false}
      className="font-mono text-xs"
      value={value}
      error={parsed(value) ? undefined : text.common.form.notJson}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
