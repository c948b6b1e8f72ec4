import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Download, FileArchive } from 'lucide-react';
import { useState } from 'react';
import { api, body, done, save, type Schemas } from '@/api/client';
import { useSession } from '@/api/session';
import { useTenantName } from '@/api/tenants';
import { namesOf, Who } from '@/rooms/approvals/who';
import { text } from '@/strings';
import { data as words } from '@/strings/data';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { bytes, dateAndTime } from '@/ui/format';
import { Card } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { When } from '@/ui/when';
import { Principal, type Chosen } from './principal';

type Export = Schemas['Export'];

const TONES = { RUNNING: 'info', READY: 'good', FAILED: 'bad' } as const;
const self = { tenant: 'self' };

/** The files that were made of what is kept, and a new one. */
export function Exports() {
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const [removed, setRemoved] = useState<Export>();
  const tenant = useTenantName(useSession().tenant ?? 'self');
  const pages = usePages(['exports'], (cursor) => body(api.GET('/api/v1/tenants/{tenant}/exports', {
    params: { path: self, query: { limit: '25', ...(cursor ? { cursor } : {}) } },
  })), 2_000);
  const again = () => queries.invalidateQueries({ queryKey: ['exports'] });
  const downloading = useMutation({ mutationFn: download });
  return (
    <Card title={words.exports} flush actions={<Button icon={<FileArchive size={16} aria-hidden />} onClick={() => setMaking(true)}>{words.make}</Button>}>
      <p className="px-5 pt-4 pb-2 text-soft">{words.exportsLead}</p>
      {downloading.isError && <div className="px-5 pb-3"><Failure compact thrown={downloading.error} /></div>}
      <DataTable
        label={words.exports}
        pages={pages}
        rowKey={(one) => one.id}
        empty={<Empty title={words.noExports}>{words.noExportsDetail}</Empty>}
        columns={[
          { header: words.columns.of, cell: ({ row: { original } }) => original.principal === undefined ? words.tenant : <Who id={original.principal} names={namesOf(original)} /> },
          { header: words.columns.state, cell: ({ row: { original } }) => <Badge tone={TONES[original.state]} dot pulse={original.state === 'RUNNING'}>{words.states[original.state]}</Badge> },
          { header: words.columns.size, cell: ({ row: { original } }) => <span className="tabular">{original.bytes === undefined ? '–' : bytes(original.bytes)}</span> },
          { header: words.columns.made, cell: ({ row: { original } }) => <When at={original.createdAt} /> },
          { header: words.columns.ends, cell: ({ row: { original } }) => <When at={original.expiresAt} /> },
          {
            id: 'actions', header: () => <span className="sr-only">{text.common.actions}</span>,
            cell: ({ row: { original } }) => (
              <span className="flex justify-end gap-1">
                {original.state === 'READY' && <Button icon={<Download size={15} aria-hidden />} busy={downloading.isPending && downloading.variables.id === original.id} onClick={() => downloading.mutate(original)}>{words.download}</Button>}
                {original.state !== 'RUNNING' && <Button look="quiet" onClick={() => setRemoved(original)}>{words.remove}</Button>}
              </span>
            ),
          },
        ]}
      />
      {making && <Make again={again} onClose={() => setMaking(false)} />}
      {removed && (
        <Confirm
          title={words.removeTitle(removed.principalName ?? removed.principal ?? words.tenant)}
          action={words.remove}
          typed={removed.principalName ?? removed.principal ?? tenant}
          onClose={() => setRemoved(undefined)}
          run={async () => {
            await done(api.DELETE('/api/v1/tenants/{tenant}/exports/{id}', { params: { path: { ...self, id: removed.id } } }));
            await again();
          }}
        >
          <p>{words.removeDetail(dateAndTime(removed.createdAt))}</p>
          <p className="font-mono text-xs break-all text-soft">{removed.id}</p>
        </Confirm>
      )}
    </Card>
  );
}

function download({ id }: Export): Promise<void> {
  return save(`/api/v1/tenants/self/exports/${encodeURIComponent(id)}/file`, `${id}.zip`);
}

function Make({ again, onClose }: { again: () => Promise<void>; onClose: () => void }) {
  const [one, setOne] = useState(false);
  const [who, setWho] = useState<Chosen>({ id: '', name: '' });
  return (
    <Confirm
      danger={false}
      title={words.makeTitle}
      action={words.begin}
      disabled={one && who.id === ''}
      onClose={onClose}
      run={async (_, attempt) => {
        const content = one ? { principal: who.id } : {};
        await attempt(content, (header) => done(api.POST('/api/v1/tenants/{tenant}/exports', { params: { path: self, header }, body: content })));
        await again();
      }}
    >
      <p className="text-soft">{words.makeDetail}</p>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1.5 font-medium">{words.columns.of}</legend>
        {[{ label: words.all, value: false }, { label: words.of, value: true }].map(({ label, value }) => (
          <label key={label} className="flex items-center gap-2.5">
            <input type="radio" name="of" className="size-4 accent-accent" checked={one === value} onChange={() => setOne(value)} />
            {label}
          </label>
        ))}
      </fieldset>
      {one && <Principal who={who} onChange={setWho} />}
    </Confirm>
  );
}
