import { useQuery, useQueryClient } from '@tanstack/react-query';
import { User, Users } from 'lucide-react';
import { useState } from 'react';
import { api, body, done, every, once } from '@/api/client';
import { useCan } from '@/api/session';
import { useUsers } from '@/api/users';
import { text } from '@/strings';
import { Confirm } from '@/ui/confirm';
import { TextField } from '@/ui/field';
import { Picker, type Candidate } from '@/ui/picker';
import { useSettled } from '@/ui/settled';
import type { Approval } from './decision';

const words = text.approvals;
const PERSON = <User size={16} aria-hidden className="shrink-0 text-soft" />;
const GROUP = <Users size={16} aria-hidden className="shrink-0 text-soft" />;

/** People and groups of the tenant that are searched for; the id of a candidate is what the API takes: `group:NAME` of a group. */
function useCandidates(wanted: string) {
  const users = useUsers(useSettled(wanted));
  const groups = useQuery({ queryKey: ['groups'], queryFn: () => every((query) => body(api.GET('/api/v1/groups', { params: { query } }))) });
  const part = wanted.trim().toLowerCase();
  const found: Candidate[] = [
    ...(groups.data?.items ?? [])
      .filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(part))
      .map(({ name, description, members }) => ({ id: `group:${name}`, name, icon: GROUP, hint: [words.members(members.length), description].filter(Boolean).join(' · ') })),
    // Who was invited and has not come yet: nothing can be left to such a one.
    ...(users.data?.items ?? []).filter(({ state }) => state !== 'DISABLED').map(({ id, name, email, roles, state }) => ({
      id, name, icon: PERSON, absent: state === 'INVITED', hint: [state === 'INVITED' && words.invited, email, roles.join(', ')].filter(Boolean).join(' · '),
    })).sort((one, other) => Number(one.absent) - Number(other.absent)),
  ];
  const byId = wanted.trim();
  if (/^(usr|key)_\w+$/.test(byId) && !found.some((one) => one.id === byId)) found.unshift({ id: byId, name: byId, icon: PERSON, hint: words.byId });
  return { found, more: Boolean(users.data?.next), pending: users.isPending || groups.isPending, error: users.error ?? groups.error };
}

/** Leaves the decision to somebody else: one of the people and groups that are there, or a key by its id. */
export function Delegate({ approval, onClose }: { approval: Approval; onClose: () => void }) {
  const [to, setTo] = useState('');
  const queries = useQueryClient();
  const may = useCan('users:read');
  const run = async (reason: string) => {
    await done(api.POST('/api/v1/approvals/{id}/delegate', {
      params: { path: { id: approval.id }, header: once() }, body: { nonce: approval.nonce, to: to.trim(), ...(reason ? { reason } : {}) },
    }));
    await queries.invalidateQueries({ queryKey: ['approvals'] });
  };
  return (
    <Confirm danger={false} title={words.delegate} action={words.delegate} reason="optional" disabled={!to.trim()} run={run} onClose={onClose}>
      <p className="text-soft">{words.delegateDetail}</p>
      {may ? <Whom chosen={to} onChoose={setTo} /> : <TextField label={words.delegateTo} value={to} autoComplete="off" onChange={(event) => setTo(event.target.value)} />}
    </Confirm>
  );
}

function Whom({ chosen, onChoose }: { chosen: string; onChoose: (to: string) => void }) {
  const [wanted, setWanted] = useState('');
  const candidates = useCandidates(wanted);
  return <Picker legend={words.delegateWho} find={words.find} nobody={words.nobody} wanted={wanted} onWanted={setWanted} {...candidates} chosen={chosen} onChoose={(one) => onChoose(one.id)} />;
}
