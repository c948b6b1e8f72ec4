import { useEffect, type ReactNode } from 'react';
import { text } from '@/strings';
import { cx } from './cx';
import { legible } from './legible';

/** A room: its title, what can be done in it, and its content. */
export function Page({ title, lead, actions, children, back }: {
  title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode; back?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${legible(title)} · ${text.common.product}`;
  }, [title]);
  return (
    <div className="mx-auto flex min-h-full max-w-[96rem] flex-col gap-5 px-4 py-6 sm:px-7">
      <header className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-full sm:basis-0">
          {back}
          <h1 tabIndex={-1} className="text-xl font-semibold tracking-tight break-words">{legible(title)}</h1>
          {lead !== undefined && <div className="mt-1 text-soft">{lead}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Card({ title, actions, children, className, flush = false }: {
  title?: ReactNode; actions?: ReactNode; children: ReactNode; className?: string; flush?: boolean;
}) {
  return (
    <section className={cx('min-w-0 rounded-card border bg-surface shadow-card', flush && 'overflow-hidden', className)}>
      {title !== undefined && (
        <header className="flex items-center gap-3 border-b px-5 py-3">
          <h2 className="flex-1 font-semibold">{title}</h2>
          {actions}
        </header>
      )}
      <div className={flush ? 'overflow-hidden rounded-b-card first:rounded-t-card' : 'p-5'}>{children}</div>
    </section>
  );
}

/** Facts as pairs of a name and a value. */
export function Facts({ items }: { items: [string, ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[fit-content(8rem)_1fr] sm:grid-cols-[fit-content(14rem)_1fr] gap-x-5 gap-y-2">
      {items.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-soft">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
