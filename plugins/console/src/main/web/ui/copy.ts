import { useState } from 'react';

/** Puts a text on the clipboard, also on a page that came without TLS, where browsers offer no clipboard to scripts. */
async function put(text: string): Promise<void> {
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) return clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  // Beside what has the focus: a dialog takes the focus back from anything outside it.
  const present = document.activeElement;
  (present?.closest('dialog, [role=dialog]') ?? document.body).append(field);
  field.select();
  // There is no other way on such a page.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const done = document.execCommand('copy');
  field.remove();
  if (present instanceof HTMLElement) present.focus();
  if (!done) throw new Error('not copied');
}

/** A button's way to copy, and whether it was done a moment ago. */
export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  const copy = (text: string) => void put(text).then(
    () => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    },
    () => setCopied(false),
  );
  return { copied, copy };
}
