import { useCan } from '@/api/session';
import { useUsers } from '@/api/users';
import { data as words } from '@/strings/data';
import { SelectField, TextField } from '@/ui/field';
import { legible } from '@/ui/legible';

/** Who began something: an id, and the name that is typed to confirm what cannot be undone. */
export interface Chosen {
  id: string;
  name: string;
}

const ID = /^[A-Za-z0-9_.:@-]+$/;

/** Chooses a user of the tenant, or takes the id of a key, or of somebody who is gone. */
export function Principal({ who, onChange }: { who: Chosen; onChange: (who: Chosen) => void }) {
  const users = useUsers(useCan('users:read'));
  const known = users.data?.items ?? [];
  const chosen = known.find((user) => user.id === who.id);
  return (
    <>
      {known.length > 0 && (
        <SelectField label={words.person} value={chosen?.id ?? ''} onChange={(event) => onChange({ id: event.target.value, name: known.find((user) => user.id === event.target.value)?.name ?? '' })}>
          <option value="">{words.other}</option>
          {known.map((user) => <option key={user.id} value={user.id}>{user.email === undefined ? legible(user.name, 60) : `${legible(user.name, 60)} (${user.email})`}</option>)}
        </SelectField>
      )}
      {chosen === undefined && (
        <TextField
          label={words.principal}
          hint={words.principalHint}
          value={who.id}
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            const id = event.target.value.trim();
            if (id === '' || ID.test(id)) onChange({ id, name: id });
          }}
        />
      )}
    </>
  );
}
