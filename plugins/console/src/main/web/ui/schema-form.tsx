import { useForm } from 'react-hook-form';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { writeJson } from '@/api/exact';
import { asProblem } from '@/api/problem';
import { text } from '@/strings';
import { Button } from './button';
import { SelectField, TextArea, TextField } from './field';
import { legible, plain } from './legible';
import { composed, entered, faultOf, isNeeded, kept, nameOf, pointerOf, propertiesOf, withNeeded, type Entered, type Property, type Schema } from './schema';
import { Failure } from './states';

/**
 * A form that a JSON Schema describes. What it can check it checks at once; what the server finds wrong stands at the
 * field that its pointer names. When the value becomes another one meanwhile, what was typed stays.
 *
 * @param under what the API's pointers begin with, as in `/configuration`
 */
export function SchemaForm({ schema, value, under, onSubmit, busy, thrown, children, submit, readOnly = false }: {
  schema: Schema;
  value: unknown;
  under: string;
  onSubmit: (value: Record<string, unknown>) => void;
  busy: boolean;
  thrown: unknown;
  /** Further fields of the same form, as secrets. */
  children?: ReactNode;
  submit: string;
  readOnly?: boolean;
}) {
  const properties = useMemo(() => propertiesOf(schema), [schema]);
  const values = useMemo(() => entered(properties, value), [properties, value]);
  const form = useForm<{ fields: Entered }>({ defaultValues: { fields: byNumber(properties, values) } });
  const [elsewhere, setElsewhere] = useState(false);
  const shown = useRef({ properties, values });
  useEffect(() => {
    const before = shown.current;
    if (before.values === values) return;
    shown.current = { properties, values };
    // Of another schema the fields are others.
    const same = before.properties === properties;
    const next = same ? kept(before.values, byPointer(properties, form.getValues().fields), values) : { fields: values, elsewhere: false };
    form.reset({ fields: byNumber(properties, next.fields) });
    setElsewhere((now) => next.elsewhere || (now && same && Object.keys(values).some((name) => next.fields[name] !== values[name])));
  }, [form, properties, values]);
  const faults = thrown ? asProblem(thrown).faults : [];
  const words = text.common.form;
  return (
    <form
      noValidate
      className="flex max-w-2xl flex-col gap-4"
      onSubmit={form.handleSubmit(({ fields }) => onSubmit(withNeeded(schema, composed(properties, byPointer(properties, fields), value))))}
    >
      <fieldset disabled={readOnly} className="flex min-w-0 flex-col gap-4">
        {properties.length === 0 && children === undefined && <p className="text-soft">{words.nothingToSet}</p>}
        {properties.map((property, number) => {
          const name = `fields.f${number}` as const;
          const said = faults.find((fault) => fault.pointer === under + pointerOf(property.path))?.message;
          return (
            <Field
              key={pointerOf(property.path)}
              property={property}
              error={form.formState.errors.fields?.[`f${number}`]?.message ?? said}
              register={form.register(name, {
                validate: (entry, { fields }) => {
                  const fault = faultOf({ ...property, required: isNeeded(property, properties, byPointer(properties, fields)) }, entry);
                  return fault === undefined || words.faults[fault](property.schema);
                },
              })}
            />
          );
        })}
        {children}
      </fieldset>
      {elsewhere && <p role="status" className="rounded-lg bg-warn-wash px-4 py-3 text-warn">{words.changedElsewhere}</p>}
      {thrown !== null && thrown !== undefined && <Failure compact thrown={thrown} />}
      {!readOnly && <div><Button type="submit" look="primary" busy={busy}>{submit}</Button></div>}
    </form>
  );
}

/** The form's library takes a dot in a name for a path, so that fields go by their number there. */
function byNumber(properties: Property[], values: Entered): Entered {
  return Object.fromEntries(properties.map((property, number) => [`f${number}`, values[pointerOf(property.path)] ?? '']));
}

function byPointer(properties: Property[], fields: Entered): Entered {
  return Object.fromEntries(properties.map((property, number) => [pointerOf(property.path), fields[`f${number}`] ?? '']));
}

function shown(value: unknown): string {
  return legible(typeof value === 'string' ? value : writeJson(value));
}

function Field({ property, error, register }: { property: Property; error: string | undefined; register: object }) {
  const { schema, kind, required } = property;
  const words = text.common.form;
  const name = legible(nameOf(property));
  const label = (required && property.within === undefined) || kind === 'flag' ? name : `${name} (${words.optional})`;
  const hint = schema.description === undefined ? undefined : plain(schema.description);
  const placeholder = schema.default === undefined ? undefined : words.otherwise(shown(schema.default));
  if (kind === 'flag') {
    return (
      <label className="flex gap-3">
        <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-accent" {...register} />
        <span><span className="font-medium">{label}</span>{hint !== undefined && <span className="block text-xs text-soft">{hint}</span>}</span>
      </label>
    );
  }
  if (kind === 'choice') {
    return (
      <SelectField label={label} hint={hint} error={error} {...register}>
        <option value="">{placeholder ?? words.notSet}</option>
        {schema.enum?.map((one) => <option key={String(one)} value={String(one)}>{legible(String(one))}</option>)}
      </SelectField>
    );
  }
  if (kind === 'lines') return <TextArea label={label} hint={hint ?? words.onePerLine} error={error} placeholder={placeholder} {...register} />;
  if (kind === 'json') return <TextArea label={label} hint={hint} error={error} placeholder={placeholder} spellCheck={false} className="font-mono text-xs" {...register} />;
  return <TextField label={label} hint={hint} error={error} placeholder={placeholder} inputMode={kind === 'number' ? 'decimal' : undefined} autoComplete="off" {...register} />;
}
