import { useQueryClient } from '@tanstack/react-query';
import { KeyRound, MoreHorizontal } from 'lucide-react';
import { useState } from 'react';
import { api, body, done, type Schemas } from '@/api/client';
import { because } from '@/api/reason';
import { useCan, type Scope } from '@/api/session';
import { PermissionPreview } from '@/rooms/access/permissions';
import { Rights } from '@/rooms/access/rights';
import { Scopes } from '@/rooms/access/scopes';
import { ShownOnce } from '@/rooms/access/secret';
import { text } from '@/strings';
import { apiKeys as words } from '@/strings/access';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { Dialog } from '@/ui/dialog';
import { SelectField, TextField } from '@/ui/field';
import { ago, dateAndTime } from '@/ui/format';
import { legible } from '@/ui/legible';
import { Menu, MenuItem } from '@/ui/menu';
import { Card, Page } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { When } from '@/ui/when';

type ApiKey = Schemas['ApiKey'];
type Asked = { what: 'create' } | { what: 'permissions' | 'rotate' | 'revoke'; key: ApiKey };

export default function Room() {
  const may = useCan('api-keys:write');
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked>();
  const [secret, setSecret] = useState<string>();
  const [lost, setLost] = useState<string>();
  const pages = usePages(['api-keys'], (cursor) => body(api.GET('/api/v1/api-keys', { params: { query: { limit: '25', ...(cursor ? { cursor } : {}) } } })));
  const again = () => queries.invalidateQueries({ queryKey: ['api-keys'] });
  const made = async (key: Schemas['ApiKeyCreated']) => {
    // An answer that is repeated because the first one was lost has no secret.
    if ((key as Partial<typeof key>).secret === undefined) setLost(key.name);
    else setSecret(key.secret);
    await again();
  };
  const create = may && <Button look="primary" icon={<KeyRound size={16} aria-hidden />} onClick={() => setAsked({ what: 'create' })}>{words.create}</Button>;
  const close = () => setAsked(undefined);
  return (
    <Page title={words.title} lead={words.lead} actions={create}>
      <Card flush>
        <DataTable
          label={words.title}
          pages={pages}
          rowKey={(key) => key.id}
          empty={<Empty title={words.empty} action={create}>{words.emptyDetail}</Empty>}
          columns={[
            { header: words.columns.name, cell: ({ row: { original } }) => <><span className="font-medium [overflow-wrap:anywhere]">{legible(original.name)}</span><span className="block font-mono text-xs text-soft">{original.prefix}…</span></> },
            { header: words.columns.rights, cell: ({ row }) => <Rights scopes={row.original.scopes} /> },
            { header: words.columns.created, cell: ({ row }) => <When at={row.original.createdAt} /> },
            { header: words.columns.used, cell: ({ row: { original } }) => (original.lastUsedAt === undefined ? <span className="text-soft">{words.never}</span> : <When at={original.lastUsedAt} />) },
            { header: words.columns.ends, cell: ({ row }) => <Ends apiKey={row.original} /> },
            { id: 'actions', header: () => <span className="sr-only">{text.common.actions}</span>, cell: ({ row: { original } }) => <Actions apiKey={original} ask={setAsked} /> },
          ]}
        />
      </Card>
      {asked?.what === 'create' && <Create made={made} onClose={close} />}
      {asked?.what === 'rotate' && <Rotate apiKey={asked.key} made={made} onClose={close} />}
      {asked?.what === 'permissions' && (
        <PermissionPreview id={asked.key.id} name={asked.key.name} onClose={close} load={() => body(api.GET('/api/v1/api-keys/{id}/permissions', { params: { path: { id: asked.key.id } } }))} />
      )}
      {asked?.what === 'revoke' && (
        <Confirm
          danger
          title={words.revokeTitle(asked.key.name)}
          action={words.revoke}
          typed={asked.key.name}
          reason="optional"
          onClose={close}
          run={async (reason) => {
            await done(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id: asked.key.id } }, headers: because(reason) }));
            await again();
          }}
        >
          <p>{words.revokeDetail}</p>
        </Confirm>
      )}
      {secret !== undefined && <ShownOnce title={words.secretTitle} detail={words.secretOnce} label={words.secret} value={secret} kept={words.kept} onClose={() => setSecret(undefined)} />}
      {lost !== undefined && (
        <Dialog title={words.lostTitle(lost)} onClose={() => setLost(undefined)} footer={<Button look="primary" onClick={() => setLost(undefined)}>{text.common.close}</Button>}>
          <p>{words.lostDetail}</p>
        </Dialog>
      )}
    </Page>
  );
}

function Ends({ apiKey }: { apiKey: ApiKey }) {
  if (apiKey.revokedAt !== undefined) return <Badge tone="bad">{words.revoked} {ago(apiKey.revokedAt)}</Badge>;
  if (apiKey.expiresAt === undefined) return <span className="text-soft">{words.always}</span>;
  if (Date.parse(apiKey.expiresAt) < Date.now()) return <Badge>{words.expired}</Badge>;
  return <span className="whitespace-nowrap" title={dateAndTime(apiKey.expiresAt)}>{dateAndTime(apiKey.expiresAt)}</span>;
}

function Actions({ apiKey, ask }: { apiKey: ApiKey; ask: (asked: Asked) => void }) {
  const may = useCan('api-keys:write');
  const live = may && apiKey.revokedAt === undefined;
  return (
    <Menu trigger={<IconButton label={`${words.columns.name} ${legible(apiKey.name)}`}><MoreHorizontal size={18} aria-hidden /></IconButton>}>
      <MenuItem onSelect={() => ask({ what: 'permissions', key: apiKey })}>{words.what}</MenuItem>
      {live && <MenuItem onSelect={() => ask({ what: 'rotate', key: apiKey })}>{words.rotate}</MenuItem>}
      {live && <MenuItem onSelect={() => ask({ what: 'revoke', key: apiKey })}>{words.revoke}</MenuItem>}
    </Menu>
  );
}

function Create({ made, onClose }: { made: (key: Schemas['ApiKeyCreated']) => Promise<void>; onClose: () => void }) {
  const [name, setName] = useState('');
  const [until, setUntil] = useState('');
  const [scopes, setScopes] = useState<Scope[]>([]);
  return (
    <Confirm
      danger={false}
      wide
      title={words.create}
      action={words.create}
      onClose={onClose}
      disabled={!(name.trim() !== '' && scopes.length > 0)}
      run={async (_, attempt) => {
        const content = { name: name.trim(), scopes, ...(until ? { expiresAt: new Date(until).toISOString() } : {}) };
        await made(await attempt(content, (header) => body(api.POST('/api/v1/api-keys', { params: { header }, body: content }))));
      }}
    >
      <TextField label={words.name} value={name} maxLength={100} autoComplete="off" onChange={(event) => setName(event.target.value)} />
      <TextField label={words.expires} hint={words.expiresHint} type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
      <Scopes label={words.scopes} chosen={scopes} onChange={setScopes} />
      {scopes.length === 0 && <p className="text-soft">{words.scopesNone}</p>}
    </Confirm>
  );
}

function Rotate({ apiKey, made, onClose }: { apiKey: ApiKey; made: (key: Schemas['ApiKeyCreated']) => Promise<void>; onClose: () => void }) {
  const [overlap, setOverlap] = useState('P1D');
  return (
    <Confirm
      danger={false}
      title={words.rotateTitle(apiKey.name)}
      action={words.rotate}
      onClose={onClose}
      run={async (_, attempt) => made(await attempt(overlap, (header) => body(api.POST('/api/v1/api-keys/{id}/rotate', { params: { path: { id: apiKey.id }, header }, body: { overlap } }))))}
    >
      <p>{words.rotateDetail}</p>
      <SelectField label={words.overlap} value={overlap} onChange={(event) => setOverlap(event.target.value)}>
        {Object.entries(words.overlaps).map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </SelectField>
    </Confirm>
  );
}
