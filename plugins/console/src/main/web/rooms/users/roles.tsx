import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body, done, every, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { Rights } from '@/rooms/access/rights';
import { Scopes } from '@/rooms/access/scopes';
import { text } from '@/strings';
import { users } from '@/strings/access';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { TextField } from '@/ui/field';
import { plain } from '@/ui/legible';
import { usePages } from '@/ui/pages';
import { DataTable } from '@/ui/table';

type Role = Schemas['Role'];
const words = users.roleParts;
const NEW: Role = { name: '', etag: '', description: '', scopes: [], builtIn: false };

/** The roles, those that are built in included. */
export function Roles() {
  const may = useCan('roles:write');
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Role>();
  const [removed, setRemoved] = useState<Role>();
  const pages = usePages(['roles', 'list'], () => every((query) => body(api.GET('/api/v1/roles', { params: { query } }))));
  const again = () => queries.invalidateQueries({ queryKey: ['roles'] });
  return (
    <>
      {may && <div className="flex justify-end px-5 py-3"><Button look="primary" onClick={() => setEdited(NEW)}>{words.create}</Button></div>}
      <DataTable
        label={users.tabs.roles}
        pages={pages}
        rowKey={(role) => role.name}
        columns={[
          { header: users.columns.name, cell: ({ row: { original } }) => <span className="flex items-center gap-2 font-medium">{original.name}{original.builtIn && <Badge>{words.builtIn}</Badge>}</span> },
          { header: users.columns.description, cell: ({ row }) => <span className="[overflow-wrap:anywhere] text-soft">{plain(row.original.description)}</span> },
          { header: users.columns.rights, cell: ({ row }) => <Rights scopes={row.original.scopes} /> },
          {
            id: 'actions', header: () => <span className="sr-only">{text.common.actions}</span>,
            cell: ({ row: { original } }) => may && !original.builtIn && (
              <span className="flex gap-1">
                <Button look="quiet" onClick={() => setEdited(original)}>{words.edit}<span className="sr-only"> {original.name}</span></Button>
                <Button look="quiet" onClick={() => setRemoved(original)}>{words.remove}<span className="sr-only"> {original.name}</span></Button>
              </span>
            ),
          },
        ]}
      />
      {edited && <Edit role={edited} again={again} onClose={() => setEdited(undefined)} />}
      {removed && (
        <Confirm
          danger
          title={words.removeTitle(removed.name)}
          action={words.remove}
          typed={removed.name}
          onClose={() => setRemoved(undefined)}
          run={async () => {
            await done(api.DELETE('/api/v1/roles/{name}', { params: { path: { name: removed.name }, header: { 'If-Match': removed.etag } } }));
            await again();
          }}
        >
          <p>{words.removeDetail}</p>
        </Confirm>
      )}
    </>
  );
}

function Edit({ role, again, onClose }: { role: Role; again: () => Promise<void>; onClose: () => void }) {
  const fresh = role === NEW;
  const [name, setName] = useState(role.name);
  const [description, setDescription] = useState(role.description);
  const [scopes, setScopes] = useState(role.scopes);
  return (
    <Confirm
      danger={false}
      wide
      title={fresh ? words.create : `${words.change} ${role.name}`}
      action={words.save}
      disabled={!(name.trim() !== '' && scopes.length > 0)}
      onClose={onClose}
      run={async () => {
        await done(api.PUT('/api/v1/roles/{name}', {
          params: { path: { name: name.trim() }, ...(fresh ? {} : { header: { 'If-Match': role.etag } }) },
          body: { description, scopes },
        }));
        await again();
      }}
    >
      {fresh ? <TextField label={words.name} value={name} onChange={(event) => setName(event.target.value)} /> : <p>{words.changeDetail}</p>}
      <TextField label={words.description} value={description} onChange={(event) => setDescription(event.target.value)} />
      <Scopes label={words.scopes} chosen={scopes} onChange={setScopes} />
    </Confirm>
  );
}
