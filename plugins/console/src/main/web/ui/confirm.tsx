import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { text } from '@/strings';
import { Button } from './button';
import { Dialog } from './dialog';
import { TextField } from './field';
import { Failure } from './states';

/**
 * Asks before something is done that cannot be undone: says what it concerns, and takes a typed word when that is much.
 *
 * @param typed what must be typed; nothing when undefined
 */
export function Confirm({ title, children, action, run, onClose, typed, danger = true, disabled = false }: {
  title: string; children?: ReactNode; action: string; run: () => Promise<unknown>; onClose: () => void; typed?: string; danger?: boolean; disabled?: boolean;
}) {
  const [word, setWord] = useState('');
  const doing = useMutation({ mutationFn: run, onSuccess: onClose });
  const ready = (typed === undefined || word.trim() === typed) && !disabled;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look={danger ? 'danger' : 'primary'} disabled={!ready} busy={doing.isPending} onClick={() => doing.mutate()}>{action}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {children}
        {typed !== undefined && <TextField label={text.common.form.typeToConfirm(typed)} value={word} autoComplete="off" onChange={(event) => setWord(event.target.value)} />}
        {doing.isError && <Failure compact thrown={doing.error} />}
      </div>
    </Dialog>
  );
}
