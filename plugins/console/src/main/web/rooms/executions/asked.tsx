import type { ReactNode } from 'react';
import { text } from '@/strings';
import { SelectField, TextArea, TextField } from '@/ui/field';
import { dateAndTime } from '@/ui/format';
import { Json } from '@/ui/json';
import { legible, plain } from '@/ui/legible';
import { pointerOf, type Entered, type Property } from '@/ui/schema';
import { fieldsOf, hasJson, isAsJson, isChoice, mayBeEmpty, nameOf, PASSED, switched, wrongWith, type Question } from './questions';

const words = text.executions.asked;

/** What is asked, or waited for, in sentences. */
export function Sentence({ question: { prompt, event, until, passes, node } }: { question: Question }) {
  const time = until === undefined || Number.isNaN(Date.parse(until)) ? undefined : dateAndTime(until);
  return (
    <>
      {prompt !== undefined && <p className="break-words whitespace-pre-wrap">{plain(prompt)}</p>}
      {event !== undefined && <p className="break-words">{words.event(legible(event))}</p>}
      {(passes === 'before' || passes === 'after') && <p>{words[passes](legible(node))}</p>}
      {time !== undefined && <p>{event === undefined ? words.until(time) : words.atMost(time)}</p>}
    </>
  );
}

/** A question with the fields of its answer. Beside others it may be left empty, and stays asked. */
export function Asked({ question, typed, onType, alone }: { question: Question; typed: Entered; onType: (typed: Entered) => void; alone: boolean }) {
  const { node, passes, others } = question;
  return (
    <fieldset className="flex min-w-0 flex-col gap-3 border-b pb-4 last:border-0 last:pb-0">
      <legend className="mb-1 font-mono text-xs text-soft">{legible(node)}</legend>
      <div className="font-medium"><Sentence question={question} /></div>
      {others !== undefined && <Json value={others} label={words.others(legible(node))} />}
      {fieldsOf(question, typed).map((property) => (
        <AnswerField
          key={pointerOf(property.path)}
          property={property}
          error={wrongWith(question, property, typed)}
          value={typed[pointerOf(property.path)]}
          onChange={(value) => onType({ ...typed, [pointerOf(property.path)]: value })}
        />
      ))}
      {passes && alone && passes === 'wait' && <p className="text-soft">{words.sooner}</p>}
      {passes && !alone && <Tick checked={Boolean(typed[PASSED])} onChange={(checked) => onType({ [PASSED]: checked ? 'passed' : '' })}>{words.pass}</Tick>}
      {!alone && mayBeEmpty(question, typed) && <Tick checked={Boolean(typed[PASSED])} onChange={(checked) => onType({ ...typed, [PASSED]: checked ? 'passed' : '' })}>{words.asItIs}</Tick>}
      {hasJson(question) && <Tick checked={isAsJson(typed)} onChange={() => onType(switched(question, typed))}>{words.writeJson}</Tick>}
    </fieldset>
  );
}

function Tick({ checked, onChange, children }: { checked: boolean; onChange: (checked: boolean) => void; children: ReactNode }) {
  return (
    <label className="flex gap-3">
      <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-accent" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {children}
    </label>
  );
}

function AnswerField({ property, error, value, onChange }: { property: Property; error: ReturnType<typeof wrongWith>; value: string | boolean | undefined; onChange: (value: string) => void }) {
  const { schema, kind, required } = property;
  const form = text.common.form;
  const name = nameOf(property);
  const label = name === undefined ? words.answer : required ? legible(name) : `${legible(name)} (${form.optional})`;
  const hint = schema.description === undefined ? undefined : plain(schema.description);
  const shared = { label, error: error && form.faults[error](schema), value: String(value ?? '') };
  if (isChoice(property) || kind === 'choice') {
    return (
      <SelectField {...shared} hint={hint} onChange={(event) => onChange(event.target.value)}>
        <option value="">{words.choose}</option>
        {isChoice(property)
          ? <><option value="true">{words.yes}</option><option value="false">{words.no}</option></>
          : schema.enum?.map((one) => <option key={String(one)}>{String(one)}</option>)}
      </SelectField>
    );
  }
  if (kind === 'lines') return <TextArea {...shared} hint={hint ?? form.onePerLine} onChange={(event) => onChange(event.target.value)} />;
  if (kind === 'json') return <TextArea {...shared} hint={hint ?? words.asJson} spellCheck={false} className="font-mono text-xs" onChange={(event) => onChange(event.target.value)} />;
  return <TextField {...shared} hint={hint} inputMode={kind === 'number' ? 'decimal' : undefined} autoComplete="off" onChange={(event) => onChange(event.target.value)} />;
}
