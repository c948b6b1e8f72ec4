import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger';

const LOOKS: Record<ButtonLook, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong shadow-card',
  plain: 'bg-raised text-ink border border-line shadow-card hover:border-edge',
  quiet: 'text-soft hover:text-ink hover:bg-sunken',
  danger: 'bg-bad-fill text-on-accent hover:brightness-110 shadow-card',
};

interface Props extends ComponentProps<'button'> {
  look?: ButtonLook;
  /** Something is under way: the button cannot be pressed again. */
  busy?: boolean;
  icon?: ReactNode;
}

/** The class names of a button, for a link that looks like one. */
export function buttonClass(look: ButtonLook = 'plain', extra?: string): string {
  return cx(
    'inline-flex h-9 items-center justify-center gap-2 rounded-lg px-3.5 font-medium whitespace-nowrap transition-colors',
    'disabled:opacity-55 disabled:cursor-not-allowed aria-disabled:opacity-55 aria-disabled:cursor-progress',
    LOOKS[look],
    extra,
  );
}

export function Button({ look = 'plain', busy = false, icon, className, children, disabled, type = 'button', onClick, ...rest }: Props) {
  // A button that were disabled while it is busy would lose the focus, and nothing could come back to it. Whoever presses
  // Enter in a field presses the form's button, so that a form is not sent twice either.
  return (
    <button
      type={type}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      disabled={disabled}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={buttonClass(look, className)}
      {...rest}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

/** A button that shows an icon alone; the label is for screen readers and the pointer. */
export function IconButton({ label, className, children, ...rest }: { label: string } & ComponentProps<'button'>) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cx('inline-flex size-9 items-center justify-center rounded-lg text-soft transition-colors hover:bg-sunken hover:text-ink disabled:opacity-50', className)}
      {...rest}
    >
      {children}
    </button>
  );
}

export function Spinner() {
  return <span aria-hidden className="inline-block size-4 animate-spin rounded-full border-2 border-current border-r-transparent" />;
}
