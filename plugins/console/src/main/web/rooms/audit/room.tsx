import { useMutation } from '@tanstack/react-query';
import { Download, Link2, Unlink, X } from 'lucide-react';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { api, body, save, type Schemas } from '@/api/client';
import { audit as words } from '@/strings/operate';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { SelectField } from '@/ui/field';
import { FilterField } from '@/ui/filter-field';
import { dateAndTime, localTime, number, zone } from '@/ui/format';
import { legible } from '@/ui/legible';
import { Card, Page } from '@/ui/page';
import { narrowed, usePages } from '@/ui/pages';
import { Empty, Failure } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { Actor, Outcome, RecordDialog } from './record';

type AuditRecord = Schemas['AuditRecord'];

const TEXTS = ['actor', 'action', 'target'] as const;
const HINTS = { actor: words.filters.actorHint, action: words.filters.actionHint, target: words.filters.targetHint };

/** The audit's records; the filters are in the address. */
export default function Room() {
  const [search, setSearch] = useSearchParams();
  const [shown, setShown] = useState<AuditRecord>();
  const query = Object.fromEntries(['actor', 'action', 'target', 'outcome', 'from', 'until'].flatMap((name) => {
    const value = search.get(name);
    return value ? [[name, value]] : [];
  }));
  const set = (name: string, value: string) => {
    if (value !== (query[name] ?? '')) setSearch((now) => narrowed(now, name, value || undefined), { replace: true });
  };
  const pages = usePages(['audit', query], (cursor) => body(api.GET('/api/v1/audit', { params: { query: { ...query, limit: '50', ...(cursor ? { cursor } : {}) } } })), 10_000);
  const filtered = Object.keys(query).length > 0;
  return (
    <Page title={words.title} lead={words.lead} actions={<><Verification /><Exports query={query} /></>}>
      <Card flush>
        <div className="grid grid-cols-2 items-end gap-3 border-b px-5 py-3 sm:flex sm:flex-wrap">
          {TEXTS.map((name) => (
            <FilterField key={name} className="sm:w-32" field="text-ellipsis" label={words.filters[name]} placeholder={HINTS[name]} name={name} value={query[name] ?? ''} onSettle={(value) => set(name, value)} />
          ))}
          <div className="sm:w-34">
            <SelectField label={words.filters.outcome} value={query['outcome'] ?? ''} onChange={(event) => set('outcome', event.target.value)}>
              <option value="">{words.filters.any}</option>
              {Object.entries(words.outcomes).map(([value, label]) => <option key={value} value={value}>{label}</option>)}
            </SelectField>
          </div>
          {(['from', 'until'] as const).map((name) => (
            <FilterField key={name} className="col-span-2 sm:w-58" label={`${words.filters[name]} (${zone(query[name])})`} type="datetime-local" step={1} value={localTime(query[name])} onSettle={(value) => set(name, value ? new Date(value).toISOString() : '')} />
          ))}
          {filtered && <Button look="quiet" icon={<X size={15} aria-hidden />} onClick={() => setSearch({}, { replace: true })}>{words.filters.clear}</Button>}
        </div>
        <DataTable
          label={words.title}
          pages={pages}
          rowKey={(record) => String(record.sequence)}
          onOpen={setShown}
          empty={<Empty title={filtered ? words.emptyFiltered : words.empty} />}
          columns={[
            { header: words.columns.number, cell: ({ row: { original } }) => <button type="button" className="tabular font-medium text-accent-ink hover:underline" onClick={() => setShown(original)}>{original.sequence}</button> },
            { header: words.columns.at, cell: ({ row }) => <span className="whitespace-nowrap">{dateAndTime(row.original.at)}</span> },
            { header: words.columns.actor, cell: ({ row: { original } }) => <Actor record={original} /> },
            { header: words.columns.action, cell: ({ row }) => <span className="font-medium">{row.original.action}</span> },
            { header: words.columns.target, cell: ({ row }) => <code className="font-mono text-xs break-all text-soft">{legible(Object.values(row.original.target).map(String).join(' '))}</code> },
            { header: words.columns.outcome, cell: ({ row: { original } }) => <Outcome record={original} /> },
          ]}
        />
      </Card>
      {shown && <RecordDialog record={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

/** Whether the chain is as it was written: read anew when it is asked for, because that reads every record. */
function Verification() {
  const verify = useMutation({ mutationFn: () => body(api.GET('/api/v1/audit/verify')) });
  return (
    <>
      <span role="status" className="contents">
        {verify.data && (verify.data.sound
          ? <Badge tone="good"><Link2 size={14} aria-hidden />{words.sound(number(verify.data.records))}</Badge>
          : <Badge tone="bad"><Unlink size={14} aria-hidden />{words.broken(verify.data.fault?.sequence ?? 0)}: {verify.data.fault?.what}</Badge>)}
      </span>
      <Button busy={verify.isPending} onClick={() => verify.mutate()}>{words.verify}</Button>
      {verify.isError && <Failure compact thrown={verify.error} />}
    </>
  );
}

function download(query: Record<string, string>, format: 'jsonl' | 'csv'): Promise<void> {
  const parameters = new URLSearchParams(query);
  if (format === 'csv') parameters.set('format', 'csv');
  return save(`/api/v1/audit/export?${parameters.toString()}`, `audit.${format}`);
}

function Exports({ query }: { query: Record<string, string> }) {
  const exporting = useMutation({ mutationFn: (format: 'jsonl' | 'csv') => download(query, format) });
  return (
    <>
      <Button icon={<Download size={16} aria-hidden />} busy={exporting.isPending && exporting.variables === 'jsonl'} disabled={exporting.isPending && exporting.variables !== 'jsonl'} onClick={() => exporting.mutate('jsonl')}>{words.exportJson}</Button>
      <Button icon={<Download size={16} aria-hidden />} busy={exporting.isPending && exporting.variables === 'csv'} disabled={exporting.isPending && exporting.variables !== 'csv'} onClick={() => exporting.mutate('csv')}>{words.exportCsv}</Button>
      {exporting.isError && <Failure compact thrown={exporting.error} />}
    </>
  );
}
