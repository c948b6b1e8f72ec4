import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body, done, every, type Schemas } from '@/api/client';
import { because } from '@/api/reason';
import { useCan } from '@/api/session';
import { Choices } from '@/rooms/access/choices';
import { text } from '@/strings';
import { users } from '@/strings/access';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { TextField } from '@/ui/field';
import { usePages } from '@/ui/pages';
import { Empty } from '@/ui/states';
import { plain } from '@/ui/legible';
import { DataTable } from '@/ui/table';
import { Members } from './members';
import { useRoles } from './users';

type Group = Schemas['Group'];
const words = users.groups;
const NEW: Group = { name: '', etag: '', description: '', roles: [], members: [] };

/** Groups of the tenant's users. */
export function Groups() {
  const may = useCan('users:write');
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Group>();
  const [removed, setRemoved] = useState<Group>();
  const pages = usePages(['groups'], () => every((query) => body(api.GET('/api/v1/groups', { params: { query } }))));
  const again = () => queries.invalidateQueries({ queryKey: ['groups'] });
  const create = may && <Button look="primary" onClick={() => setEdited(NEW)}>{words.create}</Button>;
  return (
    <>
      {create && <div className="flex justify-end px-5 py-3">{create}</div>}
      <DataTable
        label={users.tabs.groups}
        pages={pages}
        rowKey={(group) => group.name}
        empty={<Empty title={words.empty} action={create}>{words.emptyDetail}</Empty>}
        columns={[
          { header: users.columns.name, cell: ({ row: { original } }) => <><span className="font-medium [overflow-wrap:anywhere]">{original.name}</span><span className="block text-xs [overflow-wrap:anywhere] text-soft">{plain(original.description)}</span></> },
          { header: users.columns.roles, cell: ({ row }) => row.original.roles.length > 0 && <span className="flex flex-wrap gap-1">{row.original.roles.map((role) => <Badge key={role}>{role}</Badge>)}</span> },
          { header: users.columns.members, cell: ({ row }) => <span className="tabular">{row.original.members.length}</span> },
          {
            id: 'actions', header: () => <span className="sr-only">{text.common.actions}</span>,
            cell: ({ row: { original } }) => may && (
              <span className="flex gap-1">
                <Button look="quiet" onClick={() => setEdited(original)}>{words.edit}<span className="sr-only"> {original.name}</span></Button>
                <Button look="quiet" onClick={() => setRemoved(original)}>{words.remove}<span className="sr-only"> {original.name}</span></Button>
              </span>
            ),
          },
        ]}
      />
      {edited && <Edit group={edited} again={again} onClose={() => setEdited(undefined)} />}
      {removed && (
        <Confirm
          danger
          title={words.removeTitle(removed.name)}
          action={words.remove}
          typed={removed.name}
          reason="optional"
          onClose={() => setRemoved(undefined)}
          run={async (reason) => {
            await done(api.DELETE('/api/v1/groups/{name}', { params: { path: { name: removed.name }, header: { 'If-Match': removed.etag } }, headers: because(reason) }));
            await again();
          }}
        >
          <p>{words.removeDetail(removed.members.length)}</p>
        </Confirm>
      )}
    </>
  );
}

function Edit({ group, again, onClose }: { group: Group; again: () => Promise<void>; onClose: () => void }) {
  const fresh = group === NEW;
  const [name, setName] = useState(group.name);
  const [description, setDescription] = useState(group.description);
  const [roles, setRoles] = useState(group.roles);
  const [members, setMembers] = useState(group.members);
  const choices = useRoles();
  return (
    <Confirm
      danger={false}
      title={fresh ? words.create : words.change}
      action={words.save}
      disabled={!(name.trim() !== '')}
      onClose={onClose}
      run={async () => {
        await done(api.PUT('/api/v1/groups/{name}', {
          params: { path: { name: name.trim() }, ...(fresh ? {} : { header: { 'If-Match': group.etag } }) },
          body: { description, roles, members, ...(group.agents ? { agents: group.agents } : {}) },
        }));
        await again();
      }}
    >
      {fresh && <TextField label={words.name} hint={words.nameHint} value={name} onChange={(event) => setName(event.target.value)} />}
      <TextField label={words.description} value={description} onChange={(event) => setDescription(event.target.value)} />
      <Choices label={users.roles} choices={choices} chosen={roles} onChange={setRoles} />
      <Members group={group} chosen={members} onChange={setMembers} />
    </Confirm>
  );
}
