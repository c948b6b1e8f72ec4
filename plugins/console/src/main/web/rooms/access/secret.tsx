import { Check, Copy } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { text } from '@/strings';
import { Button } from '@/ui/button';
import { useCopy } from '@/ui/copy';
import { Dialog } from '@/ui/dialog';

/** Shows what is shown once: it is kept nowhere, and gone when the dialog is closed. */
export function ShownOnce({ title, detail, label, value, kept, onClose, children }: {
  title: string; detail: string; label: string; value: string; kept: string; onClose: () => void; children?: ReactNode;
}) {
  const id = useId();
  const { copied, copy } = useCopy();
  return (
    <Dialog title={title} description={detail} onClose={onClose} footer={<Button look="primary" onClick={onClose}>{kept}</Button>}>
      <div className="flex flex-col gap-1.5">
        <label htmlFor={id} className="font-medium">{label}</label>
        <span className="flex gap-2">
          <input id={id} readOnly value={value} onFocus={(event) => event.target.select()} className="h-9 min-w-0 flex-1 rounded-lg border border-edge bg-sunken px-3 font-mono text-xs" />
          <Button icon={copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />} onClick={() => copy(value)}>
            {copied ? text.common.copied : text.common.copy}
          </Button>
        </span>
      </div>
      {children}
    </Dialog>
  );
}
