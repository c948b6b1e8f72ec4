import { Fragment, type ReactNode } from 'react';
import { plain } from './legible';

/**
 * Markdown that strangers wrote, as elements and text. No markup of theirs reaches the page: what is HTML is shown as the
 * characters that it is, links lead to http and https only, and pictures are named but not fetched, because fetching one
 * tells its owner who looks.
 */
export function Markdown({ source }: { source: string }) {
  return <div className="flex flex-col gap-3 break-words">{blocks(plain(source.slice(0, MOST)).split(/\r?\n/))}</div>;
}

const MOST = 60_000;
/** Each part has a longest length, so that a text made for it does not keep the browser busy. */
const INLINE = /(`{1,3})([^`]{1,1000})\1|!\[([^\]]{0,300})\]\([^)\s]{0,1000}\)|\[([^\]]{1,300})\]\(([^)\s]{1,1000})\)|\*\*([^*]{1,1000})\*\*|\*([^*\s][^*]{0,1000})\*/;
const BULLET = /^\s{0,3}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const FENCE = /^\s{0,3}(```|~~~)/;

/** The address when it may be followed. */
export function safeLink(address: string): string | undefined {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match; match = INLINE.exec(rest)) {
    if (match.index > 0) parts.push(rest.slice(0, match.index));
    parts.push(marked(match));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) parts.push(rest);
  return parts.map((part, at) => <Fragment key={at}>{part}</Fragment>);
}

function marked([whole, , code, picture, label, address, strong, soft]: RegExpExecArray): ReactNode {
  if (code !== undefined) return <code className="rounded bg-sunken px-1 py-0.5 font-mono text-xs">{code}</code>;
  if (picture !== undefined) return <span className="text-soft">[{picture}]</span>;
  if (label !== undefined) {
    const href = safeLink(address ?? '');
    return href === undefined ? whole : <a href={href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent-ink underline">{label}</a>;
  }
  if (strong !== undefined) return <strong className="font-semibold">{inline(strong)}</strong>;
  return <em>{inline(soft ?? '')}</em>;
}

function blocks(lines: string[]): ReactNode[] {
  const found: ReactNode[] = [];
  let at = 0;
  const take = (while_: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && while_(lines[at] ?? '')) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = HEADING.exec(line);
    if (line.trim() === '') at++;
    else if (FENCE.test(line)) {
      at++;
      const code = take((inside) => !FENCE.test(inside)).join('\n');
      at++;
      found.push(<pre key={at} tabIndex={0} className="overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-xs">{code}</pre>);
    } else if (heading) {
      at++;
      found.push(<h3 key={at} className={(heading[1] ?? '').length === 1 ? 'text-lg font-semibold tracking-tight' : 'mt-2 font-semibold'}>{inline(heading[2] ?? '')}</h3>);
    } else if (BULLET.test(line)) {
      const items = take((item) => BULLET.test(item)).map((item) => BULLET.exec(item));
      const numbered = items[0]?.[1] !== undefined;
      const List = numbered ? 'ol' : 'ul';
      found.push(
        <List key={at} className={numbered ? 'list-decimal pl-5' : 'list-disc pl-5'}>
          {items.map((item, number) => <li key={number}>{inline(item?.[2] ?? '')}</li>)}
        </List>,
      );
    } else {
      const words = [line];
      at++;
      words.push(...take((next) => next.trim() !== '' && !HEADING.test(next) && !FENCE.test(next) && !BULLET.test(next)));
      found.push(<p key={at}>{inline(words.join(' '))}</p>);
    }
  }
  return found;
}
