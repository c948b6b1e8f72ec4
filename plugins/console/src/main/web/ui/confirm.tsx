import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type ReactNode } from 'react';
import { useAttempt, type Attempt } from '@/api/attempt';
import { asProblem } from '@/api/problem';
import { text } from '@/strings';
import { Button } from './button';
import { Dialog } from './dialog';
import { TextArea, TextField } from './field';
import { intoView } from './into-view';
import { legible } from './legible';
import { Failure } from './states';

/**
 * Asks before something is done: what it touches stands in the children, a word is typed when it cannot be undone, and a
 * reason is asked for when it is kept. It stays open and says what went wrong.
 *
 * @param keep what leaving it as it is is called, where the usual word could be taken for the deed
 * @param typed what must be typed, as it is shown; nothing when undefined
 * @param disabled whether something that the children ask for is missing
 * @param run does it, with the reason; what must not happen twice it does by the attempt, as long as the dialog is open
 */
export function Confirm({ title, children, action, run, onClose, keep = text.common.cancel, typed, reason = 'none', danger = true, disabled = false, wide = false }: {
  title: string;
  children?: ReactNode;
  action: string;
  run: (reason: string, attempt: Attempt) => Promise<unknown>;
  onClose: () => void;
  keep?: string;
  typed?: string | undefined;
  reason?: 'none' | 'optional' | 'required';
  danger?: boolean;
  disabled?: boolean;
  wide?: boolean;
}) {
  const words = text.common.form;
  const form = useId();
  const [word, setWord] = useState('');
  const [why, setWhy] = useState('');
  const queries = useQueryClient();
  const attempt = useAttempt();
  const doing = useMutation({
    mutationFn: () => run(why.trim(), attempt),
    // Whoever closes this is to see what somebody else has made of it meanwhile.
    onError: (thrown) => (asProblem(thrown).stale ? queries.invalidateQueries() : undefined),
  });
  const wanted = typed === undefined ? undefined : legible(typed).trim();
  const ready = !disabled && (wanted === undefined || word.trim() === wanted) && (reason !== 'required' || why.trim() !== '');
  return (
    <Dialog
      wide={wide}
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{keep}</Button>
          <Button type="submit" form={form} look={danger ? 'danger' : 'primary'} busy={doing.isPending} disabled={!ready}>{action}</Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          // Whoever has closed this meanwhile may have opened another one, which stays.
          if (ready && !doing.isPending) doing.mutate(undefined, { onSuccess: onClose });
        }}
      >
        {children}
        {reason !== 'none' && (
          <TextArea
            label={reason === 'optional' ? `${words.reason} (${words.optional})` : words.reason}
            hint={words.reasonHint}
            value={why}
            maxLength={500}
            onChange={(event) => setWhy(event.target.value)}
          />
        )}
        {wanted !== undefined && <TextField label={words.typeToConfirm(wanted)} value={word} autoComplete="off" spellCheck={false} onChange={(event) => setWord(event.target.value)} />}
        {doing.isError && <div ref={intoView}><Failure compact thrown={doing.error} /></div>}
      </form>
    </Dialog>
  );
}
