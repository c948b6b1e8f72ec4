import { focusManager, useQueryClient } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { forgetInterrupted } from '@/api/session';
import { cover } from '@/api/sight';
import { text } from '@/strings';
import { SignIn } from './sign-in';

/** So long what somebody was at is kept: whoever comes later than that is perhaps another one. */
const KEPT_MILLIS = 15 * 60_000;

/**
 * The door over what somebody was at when their sign-in ended: nothing of it is seen or reached, nothing of it asks the
 * server any more, and all that they typed is there when they sign in again.
 */
export function SignInAgain({ byKey }: { byKey: boolean }) {
  const queries = useQueryClient();
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const door = element.current;
    // A browser closes a dialog when Escape is pressed twice, whatever is said to the first.
    const open = () => {
      door?.showModal();
      door?.querySelector('input')?.focus();
    };
    const stay = (event: Event) => event.preventDefault();
    door?.addEventListener('close', open);
    door?.addEventListener('cancel', stay);
    open();
    return () => {
      door?.removeEventListener('close', open);
      door?.removeEventListener('cancel', stay);
      // Before it leaves the page: only then does the focus go back to where it was.
      door?.close();
    };
  }, []);
  useEffect(() => {
    focusManager.setFocused(false);
    cover(true);
    // They may have signed in beside this page.
    const look = () => void queries.invalidateQueries({ queryKey: ['identity'] });
    addEventListener('focus', look);
    const timer = setTimeout(() => forgetInterrupted(queries), KEPT_MILLIS);
    return () => {
      clearTimeout(timer);
      removeEventListener('focus', look);
      cover(false);
      focusManager.setFocused(undefined);
    };
  }, [queries]);
  return createPortal(
    <dialog ref={element} aria-label={text.common.signIn.title} className="pointer-events-auto m-0 h-full max-h-none w-full max-w-none overflow-y-auto border-0 bg-canvas p-0 text-ink">
      <SignIn again byKey={byKey} />
    </dialog>,
    document.body,
  );
}
