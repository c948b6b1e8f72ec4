import { Check, Copy } from 'lucide-react';
import { text } from '@/strings';
import { IconButton } from './button';
import { useCopy } from './copy';
import { cx } from './cx';
import { exactJson, json } from './legible';

/**
 * A value as JSON, whole, to read and to copy.
 *
 * @param agreed whether it is to be agreed to: each character is seen
 */
export function Json({ value, className, label, agreed = false }: { value: unknown; className?: string; label?: string; agreed?: boolean }) {
  const { copied, copy } = useCopy();
  const written = agreed ? exactJson(value, 2) : json(value, 2);
  return (
    <div className="relative min-w-0">
      <IconButton label={copied ? text.common.copied : text.common.copy} onClick={() => copy(written)} className="absolute top-1 right-1 size-7 bg-sunken">
        {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      </IconButton>
      <pre tabIndex={0} aria-label={label} className={cx('max-h-96 overflow-auto rounded-lg bg-sunken p-3 pr-10 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap', className)}>{written}</pre>
    </div>
  );
}
