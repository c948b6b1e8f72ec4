import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { cx } from './cx';

/**
 * A long list of which only the rows in sight are in the page. One row at a time is reached by Tab, the others by the
 * arrow keys, which choose as they go.
 *
 * @param height of each row, in pixels
 * @param selected the index of the chosen row; -1 for none
 * @param follow whether to stay at the end while rows are added, for as long as nobody has scrolled away from it
 */
export function VirtualRows<T>({ label, items, height, keyOf, selected, onSelect, follow = false, className, rowClass, children }: {
  label: string;
  items: T[];
  height: number;
  keyOf: (item: T) => number | string;
  selected: number;
  onSelect: (item: T) => void;
  follow?: boolean;
  className?: string;
  rowClass?: string;
  children: (item: T) => ReactNode;
}) {
  const area = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => area.current,
    estimateSize: () => height,
    overscan: 10,
  });
  const count = items.length;
  useEffect(() => {
    if (selected >= 0) rows.scrollToIndex(selected, { align: 'auto' });
  }, [selected, rows]);
  useEffect(() => {
    if (follow && atEnd.current && selected < 0 && count > 0) rows.scrollToIndex(count - 1, { align: 'end' });
  }, [follow, count, selected, rows]);
  const reach = (index: number) => {
    const item = items[index];
    if (item === undefined) return;
    onSelect(item);
    rows.scrollToIndex(index, { align: 'auto' });
    // The row is in the page one frame after it has come into sight.
    requestAnimationFrame(() => requestAnimationFrame(() => area.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus()));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = event.target instanceof HTMLElement ? Number(event.target.dataset['row'] ?? '-1') : -1;
    const page = Math.max(1, Math.floor((area.current?.clientHeight ?? height) / height) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -count, End: count };
    const step = steps[event.key];
    if (step === undefined || from < 0) return;
    event.preventDefault();
    reach(Math.min(count - 1, Math.max(0, from + step)));
  };
  const visible = rows.getVirtualItems();
  const reachable = visible.some((row) => row.index === selected) ? selected : visible.find((row) => row.start >= (rows.scrollOffset ?? 0))?.index ?? visible[0]?.index;
  return (
    <div
      ref={area}
      className={cx('overflow-y-auto', className)}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < height * 2;
      }}
    >
      <ol aria-label={label} className="relative" style={{ height: rows.getTotalSize() }}>
        {visible.map((row) => {
          const item = items[row.index];
          return item !== undefined && (
            <li key={keyOf(item)} aria-setsize={count} aria-posinset={row.index + 1} className="absolute inset-x-0 top-0" style={{ height, transform: `translateY(${row.start}px)` }}>
              <button
                type="button"
                data-row={row.index}
                aria-pressed={row.index === selected}
                tabIndex={row.index === reachable ? 0 : -1}
                onClick={() => onSelect(item)}
                className={cx('w-full rounded-lg px-2 text-left focus-visible:outline-offset-[-2px]', row.index === selected ? 'bg-accent-wash' : 'hover:bg-sunken', rowClass)}
                style={{ height }}
              >
                {children(item)}
              </button>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
