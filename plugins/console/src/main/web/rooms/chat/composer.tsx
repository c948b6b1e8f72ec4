import { useMutation, useQueryClient } from '@tanstack/react-query';
import { SendHorizontal, SlidersHorizontal } from 'lucide-react';
import { useRef, useState } from 'react';
import { api, done, once, randomId, type Schemas } from '@/api/client';
import { isRecord, writeJson } from '@/api/exact';
import { text } from '@/strings';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { TextArea } from '@/ui/field';
import { JsonField, parsed } from '@/ui/json-field';
import { withNeeded, type Schema } from '@/ui/schema';
import { Failure } from '@/ui/states';
import { InputField } from './input-form';
import { membersOf, missing, schemaOf, withoutEmpty } from './input-schema';
import { spokenTo } from './words';

const words = text.chat;

/** What a person says, and a form for whatever else the agent's input schema knows. */
export function Composer({ agent, session, onBegin }: { agent: Schemas['Agent']; session: string | null; onBegin: (session: string) => void }) {
  const spoken = spokenTo(agent.inputSchema);
  const schema = agent.inputSchema as Schema;
  const members = membersOf(schema, spoken.by === 'member' ? spoken.name : undefined);
  const [said, setSaid] = useState('');
  const [other, setOther] = useState<Record<string, unknown>>({});
  const [open, setOpen] = useState(spoken.by === 'form');
  const queries = useQueryClient();
  const input = withoutEmpty(other);
  const filledIn = isRecord(input) ? input : {};
  const asked = schemaOf(schema, members);
  const extra = withNeeded(asked, filledIn, true);
  const lacking = missing(asked, extra);
  const attempt = useRef<{ of: string; to: string; header: ReturnType<typeof once> }>(undefined);
  const send = useMutation({
    mutationFn: async (message: string) => {
      // Whoever sends the same again because no answer came, means it once.
      const of = writeJson([message, extra]);
      if (attempt.current?.of !== of) attempt.current = { of, to: session ?? `chat-${randomId()}`, header: once() };
      const { to, header } = attempt.current;
      const whole = spoken.by === 'member' ? { ...extra, [spoken.name]: message } : extra;
      await done(spoken.by === 'messages'
        ? api.POST('/api/v1/sessions/{id}/messages', { params: { path: { id: to }, header }, body: { agent: agent.id, message, input: extra, whenBusy: 'enqueue' } })
        : api.POST('/api/v1/executions', { params: { header }, body: { agent: agent.id, session: to, whenBusy: 'enqueue', input: whole } }));
      return to;
    },
    onSuccess: async (to, message) => {
      attempt.current = undefined;
      // What was typed while this was on its way is the beginning of the next one.
      setSaid((now) => (now.trim() === message ? '' : now));
      if (spoken.by !== 'form') setOpen(false);
      if (session === null) onBegin(to);
      await queries.invalidateQueries({ queryKey: ['executions', 'of-session'] });
    },
  });
  const ready = (spoken.by === 'form' || said.trim() !== '') && lacking.length === 0 && !send.isPending;
  const submit = () => ready && send.mutate(said.trim());
  const filled = Object.keys(filledIn).length;
  return (
    <form
      className="sticky bottom-4 flex flex-col gap-2 rounded-2xl border bg-surface p-3 shadow-float"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {send.isError && <Failure compact thrown={send.error} />}
      {open && members.length > 0 && <Other members={members} schema={schema} value={other} onChange={setOther} lacking={lacking} />}
      {spoken.by === 'form' ? (
        <Button type="submit" look="primary" className="self-end" busy={send.isPending} disabled={!ready} icon={<SendHorizontal size={16} aria-hidden />}>{words.send}</Button>
      ) : (
        <div className="flex items-end gap-2">
          {members.length > 0 && (
            <IconButton label={filled > 0 ? words.moreFilled(filled) : words.more} aria-expanded={open} className={cx('relative', (open || filled > 0) && 'text-accent-ink')} onClick={() => setOpen(!open)}>
              <SlidersHorizontal size={18} aria-hidden />
              {filled > 0 && <span className="tabular absolute -top-0.5 -right-0.5 grid size-4 place-items-center rounded-full bg-accent text-[0.625rem] font-semibold text-on-accent">{filled}</span>}
            </IconButton>
          )}
          <div className="flex-1">
            <TextArea
              hidden
              label={words.say}
              placeholder={words.placeholder(agent.name)}
              rows={1}
              className="field-sizing-content max-h-60 min-h-9! resize-none"
              value={said}
              onChange={(event) => setSaid(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
                  event.preventDefault();
                  submit();
                }
              }}
            />
          </div>
          <IconButton type="submit" label={words.send} disabled={!ready} className="bg-accent text-on-accent! hover:bg-accent-strong disabled:bg-sunken disabled:text-soft! disabled:opacity-100"><SendHorizontal size={18} aria-hidden /></IconButton>
        </div>
      )}
    </form>
  );
}

function Other({ members, schema, value, onChange, lacking }: {
  members: [string, Schema][]; schema: Schema; value: Record<string, unknown>; onChange: (value: Record<string, unknown>) => void; lacking: string[];
}) {
  const [json, setJson] = useState<string>();
  const written = json === undefined ? undefined : parsed(json)?.value;
  const change = (next: string) => {
    setJson(next);
    const meant = parsed(next)?.value;
    if (isRecord(meant)) onChange(meant);
  };
  return (
    <fieldset className="flex max-h-[45vh] flex-col gap-3 overflow-y-auto border-b p-1 pb-3">
      <legend className="sr-only">{words.more}</legend>
      <div className="flex items-center gap-2">
        <p className="flex-1 font-medium">{words.more}</p>
        <Button look="quiet" className="h-7 text-xs" disabled={json !== undefined && !isRecord(written)} onClick={() => setJson(json === undefined ? writeJson(withoutEmpty(value) ?? {}, 2) : undefined)}>
          {json === undefined ? words.input.asJson : words.input.asForm}
        </Button>
      </div>
      {json === undefined
        ? members.map(([name, member]) => <InputField key={name} name={name} schema={member} required={schema.required?.includes(name) ?? false} value={value[name]} onChange={(next) => onChange({ ...value, [name]: next })} />)
        : <JsonField rows={6} label={words.more} hint={words.moreHint} value={json} onChange={change} />}
      {lacking.length > 0 && <p role="status" className="text-xs text-warn">{words.input.lacking} <span className="font-mono">{lacking.join(', ')}</span></p>}
    </fieldset>
  );
}
