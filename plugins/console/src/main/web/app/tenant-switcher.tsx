import { useQuery } from '@tanstack/react-query';
import { Building2, ChevronsUpDown } from 'lucide-react';
import { useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { api, body } from '@/api/client';
import { useSession } from '@/api/session';
import { text } from '@/strings';
import { Dialog } from '@/ui/dialog';
import { legible } from '@/ui/legible';
import { Menu, MenuItem, MenuLabel } from '@/ui/menu';
import { Failure } from '@/ui/states';

interface Choice {
  id: string;
  name: string;
}

function useChoices(): Choice[] {
  const { principal, login, can } = useSession();
  const all = principal.platform && can('tenants:read');
  const tenants = useQuery({
    queryKey: ['tenants', 'choices'],
    queryFn: () => body(api.GET('/api/v1/tenants', { params: { query: { limit: '200' } } })),
    enabled: all,
  });
  const platform: Choice = { id: '', name: text.common.tenant.platform };
  if (all) return [platform, ...(tenants.data?.items ?? [])];
  return (login?.memberships ?? []).map((membership) => membership.tenant ?? platform);
}

/** For which tenant the console acts, and the way to another. */
export function TenantSwitcher() {
  const session = useSession();
  const choices = useChoices();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [failure, setFailure] = useState<unknown>();
  const current = session.tenant ?? '';
  const name = choices.find((choice) => choice.id === current)?.name ?? session.login?.tenant?.name ?? (current || text.common.tenant.platform);
  const choose = async (tenant: string) => {
    try {
      await session.actFor(tenant);
      // What the address names belongs to the tenant before.
      await navigate(`/${pathname.split('/')[1] ?? ''}`);
    } catch (thrown) {
      setFailure(thrown);
    }
  };
  const shown = (
    <>
      <Building2 size={16} aria-hidden className="shrink-0 text-soft" />
      <span className="sr-only">{text.common.tenant.label}</span>
      <span className="truncate font-medium">{legible(name, 60)}</span>
    </>
  );
  return (
    <>
      {choices.length < 2 ? (
        <div className="flex h-9 max-w-48 items-center gap-2 px-2.5">{shown}</div>
      ) : (
        <Menu
          align="start"
          trigger={
            <button type="button" className="flex h-9 max-w-56 items-center gap-2 rounded-lg border bg-raised px-2.5 hover:border-edge">
              {shown}
              <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-soft" />
            </button>
          }
        >
          <MenuLabel>{text.common.tenant.switch}</MenuLabel>
          {choices.map((choice) => (
            <MenuItem key={choice.id} checked={choice.id === current} onSelect={() => void choose(choice.id)}>{legible(choice.name, 60)}</MenuItem>
          ))}
        </Menu>
      )}
      {failure !== undefined && (
        <Dialog title={text.common.tenant.failed} onClose={() => setFailure(undefined)}><Failure compact thrown={failure} /></Dialog>
      )}
    </>
  );
}
