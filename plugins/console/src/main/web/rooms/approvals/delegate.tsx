import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Search, User, Users } from 'lucide-react';
import { useId, useState } from 'react';
import { api, body, done, once } from '@/api/client';
import { useCan } from '@/api/session';
import { useUsers } from '@/api/users';
import { text } from '@/strings';
import { Confirm } from '@/ui/confirm';
import { cx } from '@/ui/cx';
import { TextField } from '@/ui/field';
import { legible } from '@/ui/legible';
import { Failure, Loading } from '@/ui/states';
import type { Approval } from './decision';

const words = text.approvals;

interface Candidate {
  /** What the API takes: an id, or `group:NAME`. */
  to: string;
  name: string;
  hint: string;
  group: boolean;
  /** Was invited and has not come yet: nothing can be left to such a one. */
  absent?: boolean;
}

/** People and groups of the tenant, as far as one may see them. */
function useCandidates(may: boolean) {
  const users = useUsers(may);
  const groups = useQuery({ queryKey: ['groups'], queryFn: () => body(api.GET('/api/v1/groups')), enabled: may });
  const found: Candidate[] = [
    ...(groups.data?.items ?? []).map(({ name, description, members }) => ({ to: `group:${name}`, name, hint: [words.members(members.length), description].filter(Boolean).join(' · '), group: true })),
    ...(users.data?.items ?? []).filter(({ state }) => state !== 'DISABLED').map(({ id, name, email, roles, state }) => ({
      to: id, name, group: false, absent: state === 'INVITED', hint: [state === 'INVITED' && words.invited, email, roles.join(', ')].filter(Boolean).join(' · '),
    })).sort((one, other) => Number(one.absent) - Number(other.absent)),
  ];
  return { found, pending: users.isPending || groups.isPending, error: users.error ?? groups.error };
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
      {may ? <Picker chosen={to} onChoose={setTo} /> : <TextField label={words.delegateTo} value={to} autoComplete="off" onChange={(event) => setTo(event.target.value)} />}
    </Confirm>
  );
}

function Picker({ chosen, onChoose }: { chosen: string; onChoose: (to: string) => void }) {
  const [wanted, setWanted] = useState('');
  const candidates = useCandidates(true);
  const name = useId();
  const part = wanted.trim().toLowerCase();
  const shown = candidates.found.filter((one) => `${one.name} ${one.hint} ${one.to}`.toLowerCase().includes(part));
  const byId = /^(usr|key)_\w+$/.test(wanted.trim()) && !shown.some((one) => one.to === wanted.trim()) ? wanted.trim() : undefined;
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">{words.delegateWho}</legend>
      <div className="relative">
        <Search size={15} aria-hidden className="absolute top-2.5 left-3 text-soft" />
        <TextField hidden type="search" label={words.find} placeholder={words.find} className="pl-9" value={wanted} autoComplete="off" onChange={(event) => setWanted(event.target.value)} />
      </div>
      {candidates.error && <Failure compact thrown={candidates.error} />}
      {candidates.pending ? <Loading rows={3} /> : (
        <div className="flex max-h-64 flex-col overflow-y-auto rounded-lg border p-1">
          {byId !== undefined && <Choice name={name} one={{ to: byId, name: byId, hint: words.byId, group: false }} chosen={chosen} onChoose={onChoose} />}
          {shown.map((one) => <Choice key={one.to} name={name} one={one} chosen={chosen} onChoose={onChoose} />)}
          {shown.length === 0 && byId === undefined && <p className="p-3 text-soft">{words.nobody}</p>}
        </div>
      )}
    </fieldset>
  );
}

function Choice({ name, one, chosen, onChoose }: { name: string; one: Candidate; chosen: string; onChoose: (to: string) => void }) {
  return (
    <label className={cx('flex items-center gap-3 rounded-md px-2.5 py-2', one.absent ? 'cursor-not-allowed' : 'cursor-pointer hover:bg-sunken', chosen === one.to && 'bg-accent-wash')}>
      <input type="radio" name={name} disabled={one.absent} className="size-4 shrink-0 accent-accent" checked={chosen === one.to} onChange={() => onChoose(one.to)} />
      {one.group ? <Users size={16} aria-hidden className="shrink-0 text-soft" /> : <User size={16} aria-hidden className="shrink-0 text-soft" />}
      <span className="min-w-0"><span className={cx('block truncate', one.absent ? 'text-soft' : 'font-medium')}>{legible(one.name)}</span>{one.hint && <span className="block truncate text-xs text-soft">{legible(one.hint)}</span>}</span>
    </label>
  );
}
