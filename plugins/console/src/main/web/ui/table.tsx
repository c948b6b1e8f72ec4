import { getCoreRowModel, useReactTable, type ColumnDef } from '@tanstack/react-table';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { text } from '@/strings';
import { Badge } from './badge';
import { IconButton } from './button';
import { useClock } from './clock';
import { cx } from './cx';
import { timeOfDay } from './format';
import type { Pages } from './pages';
import { Empty, Failure, Loading } from './states';

/**
 * A list of the server as a table: one page, its states, and the way to the next. On a small screen each row is a card of
 * a few lines, in which every value has the name of its column: nothing stands beyond the edge. The roles are said,
 * because an element that is laid out otherwise may lose its own. The first column names the row and is
 * where its link belongs; `onOpen` makes the whole row a larger target of the same.
 */
export function DataTable<T>({ label, pages, columns, rowKey, empty, onOpen, selected }: {
  label: string;
  pages: Pages<T>;
  columns: ColumnDef<T>[];
  rowKey: (row: T) => string;
  empty?: ReactNode;
  onOpen?: (row: T) => void;
  selected?: string;
}) {
  useClock();
  const table = useReactTable({ data: pages.items ?? [], columns, getRowId: rowKey, getCoreRowModel: getCoreRowModel(), manualPagination: true });
  if (pages.loading) return <Loading rows={6} />;
  if (pages.error) return <Failure thrown={pages.error} retry={pages.refresh} />;
  if (pages.items?.length === 0 && pages.page === 1) return empty ?? <Empty title={text.common.table.empty} />;
  return (
    <>
      <div className="relative overflow-x-auto" role="region" aria-label={label} tabIndex={0}>
        <table role="table" className="w-full border-collapse text-left max-sm:block">
          <caption className="sr-only">{label}</caption>
          <thead role="rowgroup" className="max-sm:block">
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id} role="row" className="border-b bg-canvas max-sm:block max-sm:border-0">
                {group.headers.map((header) => (
                  <th key={header.id} role="columnheader" scope="col" className={cx('px-5 py-2.5 text-xs font-medium whitespace-nowrap text-soft', header.column.id === CHOICE ? 'max-sm:block' : 'max-sm:sr-only')}>
                    {shown(header.column.columnDef.header, header.getContext())}
                  </th>
                ))}
              </tr>
            ))}
          </thead>
          <tbody role="rowgroup" className="max-sm:block">
            {table.getRowModel().rows.map((row) => (
              <tr
                key={row.id}
                role="row"
                aria-selected={selected === undefined ? undefined : selected === row.id}
                onClick={onOpen && ((event) => {
                  if (!(event.target as HTMLElement).closest('a,button,input,select')) onOpen(row.original);
                })}
                className={cx('border-b last:border-0 max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-4 max-sm:gap-y-1.5 max-sm:px-5 max-sm:py-3', onOpen && 'cursor-pointer hover:bg-canvas', selected === row.id && 'bg-accent-wash')}
              >
                {row.getVisibleCells().map((cell) => (
                  <td key={cell.id} role="cell" data-label={named(cell.column.columnDef.header)} className={cx('px-5 py-3 align-middle', NARROW[partOf(cell.column.id, cell.column.columnDef.header, columns)])}>{shown(cell.column.columnDef.cell, cell.getContext())}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager pages={pages} />
    </>
  );
}

/** How the cell of a column is laid out on a small screen. */
type Part = 'choice' | 'title' | 'value' | 'actions';

/** The column of boxes by which rows are chosen. */
const CHOICE = 'choose';

const NARROW: Record<Part, string> = {
  choice: 'max-sm:p-0 max-sm:empty:hidden',
  title: 'max-sm:min-w-0 max-sm:flex-1 max-sm:basis-3/4 max-sm:p-0 max-sm:break-words',
  value: 'max-sm:inline-flex max-sm:min-w-0 max-sm:max-w-full max-sm:flex-wrap max-sm:items-baseline max-sm:gap-x-1.5 max-sm:p-0 max-sm:empty:hidden max-sm:before:text-xs max-sm:before:text-soft max-sm:before:content-[attr(data-label)]',
  actions: 'max-sm:ml-auto max-sm:p-0',
};

function named(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** The first column that has a name is what the row is called; one whose name is not shown has its controls. */
function partOf<T>(id: string, header: ColumnDef<T>['header'], columns: ColumnDef<T>[]): Part {
  if (id === CHOICE) return 'choice';
  if (named(header) === undefined) return 'actions';
  return header === columns.find((column) => typeof column.header === 'string')?.header ? 'title' : 'value';
}

/**
 * What a column says of a cell. It is called and not made a component of: columns are made anew whenever their room is
 * drawn, and a menu in a row must stay the element that the focus comes back to.
 */
function shown<C>(column: ((context: C) => ReactNode) | string | undefined, context: C): ReactNode {
  return typeof column === 'function' ? column(context) : column;
}

function Pager<T>({ pages }: { pages: Pages<T> }) {
  const { forward, backward } = pages;
  if (!forward && !backward && !pages.failing) return null;
  return (
    <div className="flex items-center gap-2 border-t px-5 py-2">
      {pages.failing && <Badge tone="warn" dot>{text.common.live.stale(timeOfDay(pages.updatedAt))}</Badge>}
      <span className="ml-auto text-xs text-soft" aria-live="polite">{text.common.page(pages.page)}</span>
      <IconButton label={pages.skips ? text.common.first : text.common.previous} disabled={!backward} onClick={backward}><ChevronLeft size={18} aria-hidden /></IconButton>
      <IconButton label={text.common.next} disabled={!forward} onClick={forward}><ChevronRight size={18} aria-hidden /></IconButton>
    </div>
  );
}
