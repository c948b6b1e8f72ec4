import { FilePlus, Plus, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { Exact, isRecord, numberOf, writeJson } from '@/api/exact';
import { text } from '@/strings';
import { Button, IconButton } from '@/ui/button';
import { SelectField, TextArea, TextField } from '@/ui/field';
import { JsonField, parsed } from '@/ui/json-field';
import { legible, plain } from '@/ui/legible';
import type { Schema } from '@/ui/schema';
import { filesInto, kindOf } from './input-schema';

const words = text.chat.input;
const LARGEST_FILE = 1_000_000;

interface Input {
  name: string;
  schema: Schema;
  required: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
  depth?: number;
}

/** One member of an agent's input, asked for as its schema says; objects and lists have fields of their own. */
export function InputField({ name, schema, required, value, onChange, depth = 0 }: Input) {
  const kind = kindOf(name, schema, depth);
  const title = legible(schema.title ?? name);
  const label = required || kind === 'flag' ? title : `${title} (${text.common.form.optional})`;
  const hint = schema.description === undefined ? undefined : plain(schema.description);
  const written = typeof value === 'string' ? value : '';
  if (kind === 'group') {
    return <fieldset className="rounded-lg border p-3"><legend className="px-1 font-medium">{title}</legend><Members schema={schema} value={value} onChange={onChange} depth={depth + 1} /></fieldset>;
  }
  if (kind === 'list') return <List label={label} hint={hint} item={schema.items ?? {}} value={value} onChange={onChange} depth={depth + 1} />;
  if (kind === 'flag') {
    return (
      <label className="flex gap-3">
        <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-accent" checked={value === undefined ? schema.default === true : value === true} onChange={(event) => onChange(event.target.checked)} />
        <span><span className="font-medium">{label}</span>{hint !== undefined && <span className="block text-xs text-soft">{hint}</span>}</span>
      </label>
    );
  }
  if (kind === 'choice') {
    return (
      <SelectField label={label} hint={hint} value={written} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">{text.common.form.notSet}</option>
        {schema.enum?.map((one) => <option key={String(one)} value={String(one)}>{legible(String(one))}</option>)}
      </SelectField>
    );
  }
  if (kind === 'number') return <NumberField label={label} hint={hint} value={value} onChange={onChange} />;
  if (kind === 'lines') {
    const lines = Array.isArray(value) ? value.map(String).join('\n') : '';
    return <TextArea label={label} hint={hint ?? text.common.form.onePerLine} value={lines} onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value.split('\n'))} />;
  }
  if (kind === 'json') return <AnyField label={label} hint={hint} value={value} onChange={onChange} />;
  if (kind === 'long') return <TextArea label={label} hint={hint} rows={2} className="field-sizing-content max-h-60 min-h-16!" value={written} onChange={(event) => onChange(event.target.value || undefined)} />;
  return <TextField label={label} hint={hint} autoComplete="off" value={written} onChange={(event) => onChange(event.target.value || undefined)} />;
}

type One = Pick<Input, 'value' | 'onChange'> & { label: string; hint: string | undefined };

/** What is typed stays as it was typed; what it means is passed on once it is a number. */
function NumberField({ label, hint, value, onChange }: One) {
  const [typed, setTyped] = useState(typeof value === 'number' || value instanceof Exact ? String(value) : '');
  const wrong = typed.trim() !== '' && numberOf(typed) === undefined;
  return (
    <TextField
      label={label} hint={hint} inputMode="decimal" autoComplete="off" value={typed} error={wrong ? text.common.form.notNumber : undefined}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(numberOf(event.target.value));
      }}
    />
  );
}

function AnyField({ label, hint, value, onChange }: One) {
  const [typed, setTyped] = useState(value === undefined ? '' : writeJson(value, 2));
  const change = (next: string) => {
    setTyped(next);
    onChange(parsed(next)?.value);
  };
  if (typed === '') return <TextArea label={label} hint={hint ?? words.json} rows={3} spellCheck={false} className="min-h-16! font-mono text-xs" value="" onChange={(event) => change(event.target.value)} />;
  return <JsonField label={label} {...(hint === undefined ? {} : { hint })} rows={4} value={typed} onChange={change} />;
}

/** The members of an object, in the schema's order. */
export function Members({ schema, value, onChange, depth }: { schema: Schema; value: unknown; onChange: (value: unknown) => void; depth: number }) {
  const members = isRecord(value) ? value : {};
  return (
    <div className="flex flex-col gap-3">
      {Object.entries(schema.properties ?? {}).map(([name, member]) => (
        <InputField
          key={name} name={name} schema={member} depth={depth} required={schema.required?.includes(name) ?? false}
          value={members[name]} onChange={(next) => onChange({ ...members, [name]: next })}
        />
      ))}
    </div>
  );
}

function List({ label, hint, item, value, onChange, depth }: One & { item: Schema; depth: number }) {
  const items: unknown[] = Array.isArray(value) ? value : [];
  const picker = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState('');
  const files = filesInto(item);
  const take = async (chosen: FileList | null) => {
    if (!files || !chosen) return;
    const small = [...chosen].filter((file) => file.size <= LARGEST_FILE);
    setRefused([...chosen].filter((file) => file.size > LARGEST_FILE).map((file) => file.name).join(', '));
    const read = await Promise.all(small.map(async (file) => ({ [files.name]: file.name, [files.content]: await file.text() })));
    onChange([...items, ...read]);
    if (picker.current) picker.current.value = '';
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">{label}</legend>
      {hint !== undefined && <p className="text-xs text-soft">{hint}</p>}
      {items.map((one, index) => (
        <div key={index} role="group" aria-label={words.item(label, index + 1)} className="flex items-start gap-2 rounded-lg border bg-canvas p-3">
          <div className="min-w-0 flex-1"><Members schema={item} value={one} depth={depth} onChange={(next) => onChange(items.map((other, at) => (at === index ? next : other)))} /></div>
          <IconButton label={words.remove(index + 1)} onClick={() => onChange(items.length === 1 ? undefined : items.filter((_, at) => at !== index))}><Trash2 size={15} aria-hidden /></IconButton>
        </div>
      ))}
      {refused && <p role="alert" className="text-xs font-medium text-bad">{words.tooLarge(refused)}</p>}
      <div className="flex flex-wrap gap-2">
        <Button icon={<Plus size={15} aria-hidden />} onClick={() => onChange([...items, {}])}>{words.add}</Button>
        {files && (
          <>
            <input ref={picker} type="file" multiple hidden aria-label={words.files} onChange={(event) => void take(event.target.files)} />
            <Button icon={<FilePlus size={15} aria-hidden />} onClick={() => picker.current?.click()}>{words.files}</Button>
          </>
        )}
      </div>
    </fieldset>
  );
}
