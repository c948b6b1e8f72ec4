import { useId, type ComponentProps, type ReactNode } from 'react';
import { cx } from './cx';

const CONTROL = 'w-full rounded-lg border border-edge bg-surface px-3 text-ink focus-visible:outline-offset-0 aria-invalid:border-bad disabled:opacity-60';

interface Frame {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** The label is read out and not shown. */
  hidden?: boolean;
}

function Framed({ label, hint, error, hidden, id, children }: Frame & { id: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className={hidden ? 'sr-only' : 'font-medium break-words'}>{label}</label>
      {children}
      {hint !== undefined && <p id={`${id}-hint`} className="text-xs text-soft">{hint}</p>}
      {error !== undefined && <p id={`${id}-error`} role="alert" className="text-xs font-medium text-bad">{error}</p>}
    </div>
  );
}

function described(id: string, { hint, error }: Frame) {
  const ids = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ');
  return { id, 'aria-invalid': error !== undefined || undefined, 'aria-describedby': ids || undefined };
}

export function TextField({ label, hint, error, hidden, className, ...rest }: Frame & ComponentProps<'input'>) {
  const id = useId();
  const frame = { label, hint, error, ...(hidden === undefined ? {} : { hidden }) };
  return <Framed {...frame} id={id}><input {...described(id, frame)} className={cx(CONTROL, 'h-9', className)} {...rest} /></Framed>;
}

export function TextArea({ label, hint, error, hidden, className, ...rest }: Frame & ComponentProps<'textarea'>) {
  const id = useId();
  const frame = { label, hint, error, ...(hidden === undefined ? {} : { hidden }) };
  return <Framed {...frame} id={id}><textarea {...described(id, frame)} className={cx(CONTROL, 'min-h-24 py-2', className)} {...rest} /></Framed>;
}

export function SelectField({ label, hint, error, hidden, className, children, ...rest }: Frame & ComponentProps<'select'>) {
  const id = useId();
  const frame = { label, hint, error, ...(hidden === undefined ? {} : { hidden }) };
  return <Framed {...frame} id={id}><select {...described(id, frame)} className={cx(CONTROL, 'h-9', className)} {...rest}>{children}</select></Framed>;
}
