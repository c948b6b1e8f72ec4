import { X } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { text } from '@/strings';
import { IconButton } from './button';
import { cx } from './cx';
import { legible } from './legible';

/**
 * A dialog over the page, on the browser's own element: it keeps the focus inside, makes the rest inert, closes with
 * Escape and inserts no style element, which the content security policy would refuse.
 */
export function Dialog({ title, children, footer, onClose, wide = false, description }: {
  title: string; children: ReactNode; footer?: ReactNode; onClose: () => void; wide?: boolean; description?: ReactNode;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [opener] = useState(() => openerOf(document.activeElement));
  // Before it leaves the page: only then does closing it give the focus back to where it was.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // What had the focus inside still has it, until the dialog is gone from the page.
      if (document.activeElement === document.body || dialog?.contains(document.activeElement)) opener?.focus();
    };
  }, [opener]);
  const content = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const inside = content.current;
    const frame = inside?.parentElement;
    if (!inside || !frame) return;
    const observer = new ResizeObserver(() => setScrolls(frame.scrollHeight > frame.clientHeight));
    observer.observe(inside);
    observer.observe(frame);
    return () => observer.disconnect();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={cx('m-auto max-h-[88vh] w-[calc(100vw-2rem)] flex-col overflow-hidden rounded-2xl border bg-surface p-0 text-ink shadow-float open:flex', wide ? 'max-w-4xl' : 'max-w-lg')}
    >
      <header className="flex items-start gap-4 border-b px-5 py-4">
        <div className="min-w-0 flex-1">
          <h2 id={id} className="text-base font-semibold break-words">{legible(title, 240)}</h2>
          {description !== undefined && <div className="mt-0.5 text-soft">{description}</div>}
        </div>
        <IconButton label={text.common.close} onClick={onClose} className="-mt-1 -mr-2"><X size={18} aria-hidden /></IconButton>
      </header>
      {/* What is longer than the screen can be scrolled by the keyboard. */}
      <div {...(scrolls ? { tabIndex: 0, role: 'group', 'aria-labelledby': id } : {})} className="overflow-y-auto px-5 py-4 focus-visible:-outline-offset-2">
        <div ref={content}>{children}</div>
      </div>
      {footer !== undefined && <footer className="flex flex-wrap justify-end gap-2 border-t bg-canvas px-5 py-3">{footer}</footer>}
    </dialog>
  );
}

/** Where the focus was; an entry of a menu is gone by the time that the dialog closes, so it is what opened the menu. */
function openerOf(at: Element | null): HTMLElement | undefined {
  const trigger = at?.closest('[role=menu]')?.getAttribute('aria-labelledby');
  const opener = trigger ? document.getElementById(trigger) : at;
  return opener instanceof HTMLElement ? opener : undefined;
}
