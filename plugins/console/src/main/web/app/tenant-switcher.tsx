import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Building2, ChevronsUpDown, Search } from 'lucide-react';
import { useState } from 'react';
import { createPortal } from 'react-dom';
import { useLocation, useNavigate } from 'react-router';
import { api, body } from '@/api/client';
import { useSession } from '@/api/session';
import { useTenantName } from '@/api/tenants';
import { text } from '@/strings';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { legible } from '@/ui/legible';
import { Menu, MenuItem, MenuLabel, MenuLine } from '@/ui/menu';
import { Picker } from '@/ui/picker';
import { useSettled } from '@/ui/settled';
import { Failure } from '@/ui/states';

interface Choice {
  id: string;
  name: string;
}

const words = text.common.tenant;

/** As many as a menu can have; among more it is searched. */
function useTenants(search: string, may: boolean) {
  return useQuery({
    queryKey: ['tenants', 'choices', search],
    queryFn: () => body(api.GET('/api/v1/tenants', { params: { query: { limit: '20', query: search } } })),
    placeholderData: keepPreviousData,
    enabled: may,
  });
}

function useChoices(): { choices: Choice[]; more: boolean } {
  const { principal, login, can } = useSession();
  const all = principal.platform && can('tenants:read');
  const tenants = useTenants('', all);
  const platform: Choice = { id: '', name: words.platform };
  if (all) return { choices: [platform, ...(tenants.data?.items ?? [])], more: Boolean(tenants.data?.next) };
  return { choices: (login?.memberships ?? []).map((membership) => membership.tenant ?? platform), more: false };
}

/** For which tenant the console acts, and the way to another. */
export function TenantSwitcher() {
  const session = useSession();
  const { choices, more } = useChoices();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [finding, setFinding] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const current = session.tenant ?? '';
  const choose = async (tenant: string) => {
    setFinding(false);
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
      <span className="sr-only">{words.label}</span>
      <span className="truncate font-medium">{current === '' ? words.platform : <Name id={current} known={choices.find((choice) => choice.id === current)?.name} />}</span>
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
          <MenuLabel>{words.switch}</MenuLabel>
          {choices.map((choice) => (
            <MenuItem key={choice.id} checked={choice.id === current} onSelect={() => void choose(choice.id)}>{legible(choice.name, 60)}</MenuItem>
          ))}
          {more && <MenuLine />}
          {more && <MenuItem onSelect={() => setFinding(true)}><Search size={15} aria-hidden />{words.find}</MenuItem>}
        </Menu>
      )}
      {/* Not inside of the page's banner: a dialog has a header of its own. */}
      {createPortal(
        <>
          {finding && <Find onChoose={(tenant) => void choose(tenant)} onClose={() => setFinding(false)} />}
          {failure !== undefined && (
            <Dialog title={words.failed} onClose={() => setFailure(undefined)}><Failure compact thrown={failure} /></Dialog>
          )}
        </>,
        document.body,
      )}
    </>
  );
}

/** What is not among those that were listed is asked for by itself. */
function Name({ id, known }: { id: string; known: string | undefined }) {
  return known === undefined ? <Asked id={id} /> : legible(known, 60);
}

function Asked({ id }: { id: string }) {
  const { login } = useSession();
  const name = useTenantName(id);
  return legible(login?.tenant?.name ?? name, 60);
}

function Find({ onChoose, onClose }: { onChoose: (tenant: string) => void; onClose: () => void }) {
  const [wanted, setWanted] = useState('');
  const [chosen, setChosen] = useState('');
  const tenants = useTenants(useSettled(wanted), true);
  return (
    <Dialog
      title={words.switch}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="primary" disabled={chosen === ''} onClick={() => onChoose(chosen)}>{words.act}</Button>
        </>
      }
    >
      <Picker
        legend={words.which}
        find={words.part}
        nobody={words.nobody}
        wanted={wanted}
        onWanted={setWanted}
        found={(tenants.data?.items ?? []).map(({ id, name }) => ({ id, name, hint: id }))}
        more={Boolean(tenants.data?.next)}
        pending={tenants.isPending}
        error={tenants.error}
        chosen={chosen}
        onChoose={({ id }) => setChosen(id)}
      />
    </Dialog>
  );
}
