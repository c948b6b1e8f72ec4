import { useMutation } from '@tanstack/react-query';
import { useId, useState, type ReactNode } from 'react';
import { text } from '@/strings';
import { Button } from './button';
import { Dialog } from './dialog';
import { TextArea, TextField } from './field';
import { Failure } from './states';

/**
 * Asks before something is done: what it touches stands in the children, the word has to be typed when it cannot be undone,
 * and a reason is asked for when it is kept.
 *
 * @param act does it, with the reason; the dialog stays open and shows what went wrong
 */
export function Confirm({ title, children, action, word, reason = 'none', danger = false, ready: complete = true, wide = false, act, onClose }: {
  title: string;
  children?: ReactNode;
  action: string;
  word?: string | undefined;
  reason?: 'none' | 'optional' | 'required';
  danger?: boolean;
  /** Whether what the children ask for is there. */
  ready?: boolean;
  wide?: boolean;
  act: (reason: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const words = text.common.form;
  const form = useId();
  const [typed, setTyped] = useState('');
  const [why, setWhy] = useState('');
  const acting = useMutation({ mutationFn: () => act(why.trim()), onSuccess: onClose });
  const ready = complete && (word === undefined || typed.trim() === word) && (reason !== 'required' || why.trim() !== '');
  return (
    <Dialog
      wide={wide}
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={form} look={danger ? 'danger' : 'primary'} busy={acting.isPending} disabled={!ready}>{action}</Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) acting.mutate();
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
        {word !== undefined && (
          <TextField label={words.typeToConfirm(word)} value={typed} autoComplete="off" spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        )}
        {acting.isError && <div ref={(shown) => shown?.scrollIntoView({ block: 'nearest' })}><Failure compact thrown={acting.error} /></div>}
      </form>
    </Dialog>
  );
}
