import { CircleUser } from 'lucide-react';
import { server } from '@/api/server';
import { useSession } from '@/api/session';
import { text } from '@/strings';
import { IconButton } from '@/ui/button';
import { legible } from '@/ui/legible';
import { Menu, MenuItem, MenuLabel, MenuLine } from '@/ui/menu';
import { setTheme, useTheme } from './theme';

/** Who is signed in, how the console looks, and the way out. */
export function Account({ onSignOut }: { onSignOut: () => void }) {
  const session = useSession();
  const theme = useTheme();
  const words = text.common;
  return (
    <Menu trigger={<IconButton label={words.account.label}><CircleUser size={20} aria-hidden /></IconButton>}>
      <MenuLabel>{words.account.signedInAs}</MenuLabel>
      <div className="max-w-64 px-2.5 pb-2">
        <p className="truncate font-medium">{legible(session.principal.name)}</p>
        <p className="truncate text-xs text-soft">{session.login?.email ?? words.account.byKey}</p>
        {server.elsewhere && <p className="truncate text-xs text-soft">{words.account.at(new URL(server.origin).host)}</p>}
        <p className="text-xs text-soft">{[...(session.login?.roles ?? []), words.account.rights(session.principal.scopes.length)].join(' · ')}</p>
      </div>
      <MenuLine />
      <MenuLabel>{words.theme.label}</MenuLabel>
      {(['system', 'light', 'dark'] as const).map((name) => (
        <MenuItem key={name} checked={theme === name} onSelect={() => setTheme(name)}>{words.theme[name]}</MenuItem>
      ))}
      <MenuLine />
      <MenuItem onSelect={onSignOut}>{words.account.signOut}</MenuItem>
      <p className="px-2.5 py-1 text-xs text-soft">{words.account.version(session.version)}</p>
    </Menu>
  );
}
