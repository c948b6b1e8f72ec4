import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MoreHorizontal, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api, body, done, every, once, type Schemas } from '@/api/client';
import { because } from '@/api/reason';
import { at } from '@/api/server';
import { useCan, useSession } from '@/api/session';
import { Choices } from '@/rooms/access/choices';
import { PermissionPreview } from '@/rooms/access/permissions';
import { ShownOnce } from '@/rooms/access/secret';
import { text } from '@/strings';
import { users as words } from '@/strings/access';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { Dialog } from '@/ui/dialog';
import { SelectField, TextField } from '@/ui/field';
import { dateAndTime } from '@/ui/format';
import { legible } from '@/ui/legible';
import { Menu, MenuItem } from '@/ui/menu';
import { usePages } from '@/ui/pages';
import { Empty, Failure } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { When } from '@/ui/when';

type User = Schemas['User'];
type What = 'roles' | 'permissions' | 'disable' | 'remove';
type Direct = 'enable' | 'again';
type Shown = Schemas['Invitation'];

const TONES = { INVITED: 'warn', ACTIVE: 'good', DISABLED: 'soft' } as const;

export function Users() {
  const may = useCan('users:write');
  const queries = useQueryClient();
  const [inviting, setInviting] = useState(false);
  const [asked, setAsked] = useState<{ what: What; user: User }>();
  const [invitation, setInvitation] = useState<Shown>();
  const [lost, setLost] = useState<string>();
  const pages = usePages(['users'], (cursor) => body(api.GET('/api/v1/users', { params: { query: { limit: '25', ...(cursor ? { cursor } : {}) } } })));
  const again = () => queries.invalidateQueries({ queryKey: ['users'] });
  const invite = may && <Button look="primary" icon={<UserPlus size={16} aria-hidden />} onClick={() => setInviting(true)}>{words.invite}</Button>;
  const direct = useMutation({
    mutationFn: async ({ what, user }: { what: Direct; user: User }) => {
      const params = { path: { id: user.id }, header: once() };
      if (what === 'enable') await done(api.POST('/api/v1/users/{id}/enable', { params }));
      else setInvitation(await body(api.POST('/api/v1/users/{id}/invitation', { params })));
      await again();
    },
  });
  return (
    <>
      {invite && <div className="flex justify-end px-5 py-3">{invite}</div>}
      {direct.isError && <div className="p-5"><Failure compact thrown={direct.error} /></div>}
      <DataTable
        label={words.tabs.users}
        pages={pages}
        rowKey={(user) => user.id}
        empty={<Empty title={words.empty} action={invite}>{words.emptyDetail}</Empty>}
        columns={[
          { header: words.columns.name, cell: ({ row: { original } }) => <><span className="font-medium [overflow-wrap:anywhere]">{legible(original.name)}</span><span className="block text-xs [overflow-wrap:anywhere] text-soft">{original.email ?? words.service}</span></> },
          { header: words.columns.state, cell: ({ row: { original } }) => <Badge tone={TONES[original.state]} dot>{words.states[original.state]}</Badge> },
          { header: words.columns.roles, cell: ({ row }) => row.original.roles.length > 0 && <span className="flex flex-wrap gap-1">{row.original.roles.map((role) => <Badge key={role}>{role}</Badge>)}</span> },
          { header: words.columns.since, cell: ({ row }) => <When at={row.original.createdAt} /> },
          { id: 'actions', header: () => <span className="sr-only">{text.common.actions}</span>, cell: ({ row: { original } }) => <Actions user={original} ask={(what) => setAsked({ what, user: original })} direct={(what) => direct.mutate({ what, user: original })} /> },
        ]}
      />
      {inviting && (
        <Invite
          onClose={() => setInviting(false)}
          made={async (user) => {
            if (user.invitation !== undefined) setInvitation({ invitation: user.invitation, invitationEndsAt: user.invitationEndsAt ?? '' });
            // An answer that is repeated because the first one was lost has no invitation.
            else if (user.kind === 'PERSON') setLost(user.name);
            await again();
          }}
        />
      )}
      {asked && <Asked asked={asked} again={again} onClose={() => setAsked(undefined)} />}
      {lost !== undefined && (
        <Dialog title={words.linkLostTitle(lost)} onClose={() => setLost(undefined)} footer={<Button look="primary" onClick={() => setLost(undefined)}>{text.common.close}</Button>}>
          <p>{words.linkLostDetail}</p>
        </Dialog>
      )}
      {invitation && (
        <ShownOnce title={words.invitationTitle} detail={words.invitationOnce} label={words.link} value={at(`/console/invitation#${invitation.invitation ?? ''}`)} kept={words.copied} onClose={() => setInvitation(undefined)}>
          {invitation.invitationEndsAt && <p className="mt-3 text-soft">{words.until(dateAndTime(invitation.invitationEndsAt))} {words.linkDetail}</p>}
        </ShownOnce>
      )}
    </>
  );
}

function Actions({ user, ask, direct }: { user: User; ask: (what: What) => void; direct: (what: Direct) => void }) {
  const may = useCan('users:write');
  const session = useSession();
  const navigate = useNavigate();
  const mayErase = session.tenant !== undefined && session.can('data:export') && session.can('data:erase');
  return (
    <Menu trigger={<IconButton label={words.actions(legible(user.name))}><MoreHorizontal size={18} aria-hidden /></IconButton>}>
      <MenuItem onSelect={() => ask('permissions')}>{words.what}</MenuItem>
      {may && <MenuItem onSelect={() => ask('roles')}>{words.change}</MenuItem>}
      {may && user.kind === 'PERSON' && user.state !== 'DISABLED' && <MenuItem onSelect={() => direct('again')}>{words.again}</MenuItem>}
      {may && (user.state === 'DISABLED' ? <MenuItem onSelect={() => direct('enable')}>{words.enable}</MenuItem> : <MenuItem onSelect={() => ask('disable')}>{words.disable}</MenuItem>)}
      {may && <MenuItem onSelect={() => ask('remove')}>{words.remove}</MenuItem>}
      {mayErase && <MenuItem onSelect={() => void navigate(`/data?erase=${encodeURIComponent(user.id)}`)}>{words.erase}</MenuItem>}
    </Menu>
  );
}

function Asked({ asked: { what, user }, again, onClose }: { asked: { what: What; user: User }; again: () => Promise<void>; onClose: () => void }) {
  const path = { id: user.id };
  if (what === 'permissions') {
    return <PermissionPreview id={user.id} name={legible(user.name)} onClose={onClose} load={() => body(api.GET('/api/v1/users/{id}/permissions', { params: { path } }))} />;
  }
  if (what === 'roles') return <ChangeRoles user={user} again={again} onClose={onClose} />;
  const removing = what === 'remove';
  return (
    <Confirm
      danger
      title={removing ? words.removeTitle(legible(user.name)) : words.disableTitle(legible(user.name))}
      action={removing ? words.remove : words.disable}
      typed={user.name}
      reason="optional"
      onClose={onClose}
      run={async (reason, attempt) => {
        const headers = because(reason);
        if (removing) await done(api.DELETE('/api/v1/users/{id}', { params: { path }, headers }));
        else await attempt('disable', (header) => done(api.POST('/api/v1/users/{id}/disable', { params: { path, header }, headers })));
        await again();
      }}
    >
      <p>{removing ? words.removeDetail : words.disableDetail}</p>
    </Confirm>
  );
}

/** The roles that may be given, for choosing. */
export function useRoles() {
  const roles = useQuery({ queryKey: ['roles'], queryFn: () => every((query) => body(api.GET('/api/v1/roles', { params: { query } }))) });
  return roles.data?.items.map((role) => ({ id: role.name, name: role.name, hint: role.description })) ?? [];
}

function ChangeRoles({ user, again, onClose }: { user: User; again: () => Promise<void>; onClose: () => void }) {
  const [roles, setRoles] = useState(user.roles);
  const choices = useRoles();
  return (
    <Confirm
      danger={false}
      title={words.changeTitle(legible(user.name))}
      action={words.change}
      reason="optional"
      onClose={onClose}
      run={async (reason) => {
        await done(api.PUT('/api/v1/users/{id}/roles', {
          params: { path: { id: user.id }, header: { 'If-Match': user.etag } }, headers: because(reason), body: { roles },
        }));
        await again();
      }}
    >
      <Choices label={words.roles} choices={choices} chosen={roles} onChange={setRoles} />
    </Confirm>
  );
}

function Invite({ made, onClose }: { made: (user: Schemas['UserCreated']) => Promise<void>; onClose: () => void }) {
  const [kind, setKind] = useState<User['kind']>('PERSON');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [roles, setRoles] = useState<string[]>([]);
  const choices = useRoles();
  const person = kind === 'PERSON';
  return (
    <Confirm
      danger={false}
      title={words.invite}
      action={words.add}
      onClose={onClose}
      disabled={!(name.trim() !== '' && roles.length > 0 && (!person || email.includes('@')))}
      run={async (_, attempt) => {
        const content = { name: name.trim(), kind, roles, ...(person ? { email: email.trim() } : {}) };
        await made(await attempt(content, (header) => body(api.POST('/api/v1/users', { params: { header }, body: content }))));
      }}
    >
      <SelectField label={words.kind} value={kind} onChange={(event) => setKind(event.target.value as User['kind'])}>
        <option value="PERSON">{words.person}</option>
        <option value="SERVICE">{words.service}</option>
      </SelectField>
      <TextField label={words.name} value={name} maxLength={100} autoComplete="off" onChange={(event) => setName(event.target.value)} />
      {person && <TextField label={words.email} type="email" value={email} autoComplete="off" onChange={(event) => setEmail(event.target.value)} />}
      <Choices label={words.roles} choices={choices} chosen={roles} onChange={setRoles} />
      {roles.length === 0 && <p className="text-soft">{words.rolesNone}</p>}
    </Confirm>
  );
}
