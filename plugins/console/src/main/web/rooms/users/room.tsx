import { useSearchParams } from 'react-router';
import { useCan, useSession } from '@/api/session';
import { users as words } from '@/strings/access';
import { Card, Page } from '@/ui/page';
import { Tabs } from '@/ui/tabs';
import { Groups } from './groups';
import { Roles } from './roles';
import { Users } from './users';

/** Who may do what: people and service accounts, their groups, and the roles. The part that is shown is in the address. */
export default function Room() {
  const [search, setSearch] = useSearchParams();
  const session = useSession();
  const roles = useCan('roles:read');
  const tabs = [
    { id: 'users', label: words.tabs.users, content: <Users /> },
    ...(session.tenant === undefined ? [] : [{ id: 'groups', label: words.tabs.groups, content: <Groups /> }]),
    ...(roles ? [{ id: 'roles', label: words.tabs.roles, content: <Roles /> }] : []),
  ];
  const part = search.get('part') ?? 'users';
  return (
    <Page title={words.title} lead={words.lead}>
      <Card flush>
        <Tabs label={words.title} tabs={tabs} value={tabs.some((tab) => tab.id === part) ? part : 'users'} onChange={(id) => setSearch({ part: id }, { replace: true })} />
      </Card>
    </Page>
  );
}
