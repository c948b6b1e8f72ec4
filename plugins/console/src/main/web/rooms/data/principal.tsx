import { KeyRound, User } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useCan } from '@/api/session';
import { useKeys, useUsers } from '@/api/users';
import { data as words } from '@/strings/data';
import { Picker, type Candidate } from '@/ui/picker';
import { useSettled } from '@/ui/settled';

/** Who began something: an id, and the name that is typed to confirm what cannot be undone. */
export interface Chosen {
  id: string;
  name: string;
}

const ID = /^[A-Za-z0-9.:@-]+_[A-Za-z0-9_.:@-]+$/;
const PERSON = <User size={16} aria-hidden className="shrink-0 text-soft" />;
const KEY = <KeyRound size={16} aria-hidden className="shrink-0 text-soft" />;

/** Chooses a user or a key of the tenant, or takes the id of somebody who is gone. */
export function Principal({ who, onChange }: { who: Chosen; onChange: (who: Chosen) => void }) {
  const [wanted, setWanted] = useState(who.id);
  const search = useSettled(wanted);
  const mayUsers = useCan('users:read');
  const mayKeys = useCan('api-keys:read');
  const users = useUsers(search, mayUsers);
  const keys = useKeys(search, mayKeys);
  const found: Candidate[] = [
    ...(users.data?.items ?? []).map(({ id, name, email, roles }) => ({ id, name, icon: PERSON, hint: email ?? roles.join(', ') })),
    ...(keys.data?.items ?? []).map(({ id, name, prefix }) => ({ id, name, icon: KEY, hint: `${prefix}…` })),
  ];
  const known = found.find((one) => one.id === who.id)?.name;
  const byId = wanted.trim();
  if (ID.test(byId) && !found.some((one) => one.id === byId)) found.unshift({ id: byId, name: byId, hint: words.byId });
  // Who was named by the address alone is called by name as soon as it is known.
  useEffect(() => {
    if (known !== undefined && known !== who.name) onChange({ id: who.id, name: known });
  }, [known, who, onChange]);
  return (
    <Picker
      legend={words.principal}
      find={words.find}
      nobody={words.nobody}
      wanted={wanted}
      onWanted={setWanted}
      found={found}
      more={Boolean(users.data?.next) || Boolean(keys.data?.next)}
      pending={(mayUsers && users.isPending) || (mayKeys && keys.isPending)}
      error={users.error ?? keys.error}
      chosen={who.id}
      onChoose={({ id, name }) => onChange({ id, name })}
    />
  );
}
