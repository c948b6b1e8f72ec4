import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body, type Schemas } from '@/api/client';
import { useUsers } from '@/api/users';
import { Choices, type Choice } from '@/rooms/access/choices';
import { text } from '@/strings';
import { users as words } from '@/strings/access';
import { legible } from '@/ui/legible';
import { SearchField } from '@/ui/picker';
import { useSettled } from '@/ui/settled';

/**
 * Chooses the members of a group among all users. Those that it had come first and stay where they are; so do those that
 * were chosen and are not searched for any more.
 */
export function Members({ group, chosen, onChange }: { group: Schemas['Group']; chosen: string[]; onChange: (chosen: string[]) => void }) {
  const [wanted, setWanted] = useState('');
  const [seen, setSeen] = useState<Choice[]>([]);
  const people = useUsers(useSettled(wanted));
  const named = useQuery({
    queryKey: ['groups', group.name],
    queryFn: () => body(api.GET('/api/v1/groups/{name}', { params: { path: { name: group.name } } })),
    enabled: group.members.length > 0,
  });
  const found: Choice[] = (people.data?.items ?? []).map((user) => ({ id: user.id, name: legible(user.name), hint: user.email ?? words.service }));
  const of = (id: string): Choice => found.find((one) => one.id === id) ?? seen.find((one) => one.id === id) ?? { id, name: legible(named.data?.names?.[id] ?? id) };
  const others = found.filter((one) => !group.members.includes(one.id));
  const kept = chosen.filter((id) => !group.members.includes(id) && !others.some((one) => one.id === id));
  return (
    <div className="flex flex-col gap-2">
      <Choices
        label={words.groups.members}
        search={<SearchField label={words.groups.find} wanted={wanted} onWanted={setWanted} />}
        choices={[...group.members.map(of), ...kept.map(of), ...others]}
        chosen={chosen}
        onChange={(now) => {
          setSeen([...seen, ...others.filter((one) => now.includes(one.id) && !chosen.includes(one.id))]);
          onChange(now);
        }}
      />
      {people.data?.next && <p className="text-xs text-soft">{text.common.search.more}</p>}
    </div>
  );
}
