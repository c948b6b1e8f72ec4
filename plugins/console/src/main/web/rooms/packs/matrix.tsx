import { useQueries, useQuery } from '@tanstack/react-query';
import { Check, Minus, Search } from 'lucide-react';
import { Link, useLocation, useSearchParams, type Location } from 'react-router';
import { api, body, every, type Schemas } from '@/api/client';
import { useSession } from '@/api/session';
import { text } from '@/strings';
import { packs as words } from '@/strings/packs';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { cx } from '@/ui/cx';
import { FilterField } from '@/ui/filter-field';
import { byName } from '@/ui/format';
import { legible } from '@/ui/legible';
import { Card, Page } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure, Loading } from '@/ui/states';
import { isFound } from './found';

interface Row {
  id: string;
  name: string;
}

export function packsOf(tenant: string) {
  return {
    queryKey: ['packs', tenant],
    queryFn: () => every((query) => body(api.GET('/api/v1/tenants/{tenant}/packs', { params: { path: { tenant }, query } }))),
  };
}

/** The tenants that the caller may see: a page of all, or its own. */
function useTenants() {
  const { principal, can, login, tenant = 'self' } = useSession();
  const all = principal.platform && can('tenants:read');
  const own: Row = { id: tenant, name: login?.tenant?.name ?? text.common.tenant.self };
  return usePages<Row>(['packs-tenants', all, own.id], async (cursor) => {
    if (!all) return { items: [own], next: null };
    return body(api.GET('/api/v1/tenants', { params: { query: { limit: '20', ...(cursor ? { cursor } : {}) } } }));
  });
}

const WANTED = 'q';

/** What is looked for, as it stands in the address; the page of tenants stays. */
function useWanted(): [string, (wanted: string) => void] {
  const [search, setSearch] = useSearchParams();
  const { state } = useLocation() as Location<unknown>;
  const want = (wanted: string) => setSearch((now) => {
    if (wanted) now.set(WANTED, wanted);
    else now.delete(WANTED);
    return now;
  }, { replace: true, state });
  return [search.get(WANTED) ?? '', want];
}

/** Tenants by packs: a mark where a tenant uses a pack, and the way to where that is set. */
export function Matrix() {
  const tenants = useTenants();
  const session = useSession();
  const rows = tenants.items ?? [];
  const answers = useQueries({ queries: rows.map((row) => packsOf(row.id)) });
  const failed = answers.find((answer) => answer.isError && answer.data === undefined);
  const [wanted, want] = useWanted();
  const packs = [...new Map(answers.flatMap((answer) => answer.data?.items ?? []).map((pack) => [pack.id, pack])).values()].sort((one, other) => byName(one.id, other.id));
  const columns = packs.filter((pack) => isFound(wanted, pack.id, pack.title, pack.description));
  const pending = tenants.loading || answers.some((answer) => answer.isPending);
  return (
    <Page title={words.title} lead={words.lead}>
      {packs.length > 0 && (
        <search>
          <FilterField className="relative" field="pl-9" hidden type="search" name={WANTED} label={words.find} placeholder={words.findHint} maxLength={200} value={wanted} onSettle={want}>
            <Search size={16} aria-hidden className="absolute top-2.5 left-3 text-soft" />
          </FilterField>
        </search>
      )}
      <Card flush>
        {tenants.error ? <Failure thrown={tenants.error} retry={tenants.refresh} /> : pending ? <Loading /> : packs.length === 0 && failed ? <Failure thrown={failed.error} retry={() => void failed.refetch()} />
          : packs.length > 0 && columns.length === 0 ? <Empty title={words.nothingFound} action={<Button onClick={() => want('')}>{words.findNoMore}</Button>} />
          : packs.length === 0
            ? <Empty title={words.empty} action={session.can('marketplace:read') && <Link to="/store?category=pack" className={buttonClass('primary')}>{words.toStore}</Link>}>{words.emptyDetail}</Empty>
            : (
              <div className="relative overflow-x-auto" role="region" aria-label={words.title} tabIndex={0}>
                <table className="w-full border-collapse text-left">
                  <caption className="sr-only">{words.lead}</caption>
                  <thead>
                    <tr className="border-b bg-canvas">
                      <th scope="col" className="px-5 py-2.5 text-xs font-medium text-soft">{words.tenant}</th>
                      {columns.map((pack) => <th key={pack.id} scope="col" className="px-3 py-2.5 font-medium"><span className="line-clamp-2 max-w-60 min-w-24 break-words" title={legible(pack.title)}>{legible(pack.title)}</span><span className="block text-xs font-normal text-soft">{pack.id}</span></th>)}
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row, at) => (
                      <tr key={row.id} className="border-b last:border-0">
                        <th scope="row" className="px-5 py-2 font-medium"><span className="line-clamp-2 max-w-60 break-words">{legible(row.name)}</span></th>
                        {answers[at]?.data === undefined
                          ? <td colSpan={columns.length} className="px-3 py-2"><Unknown thrown={answers[at]?.error} retry={() => void answers[at]?.refetch()} /></td>
                          : columns.map((column) => <Cell key={column.id} row={row} pack={answers[at]?.data?.items.find((pack) => pack.id === column.id) ?? column} there={answers[at]?.data?.items.some((pack) => pack.id === column.id) ?? false} />)}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
      </Card>
      {(tenants.forward ?? tenants.backward) && (
        <div className="flex justify-center gap-2">
          <Button disabled={!tenants.backward} onClick={tenants.backward}>{tenants.skips ? text.common.first : text.common.previous}</Button>
          <Button disabled={!tenants.forward} onClick={tenants.forward}>{text.common.next}</Button>
        </div>
      )}
      {session.tenant !== undefined && <Settings tenant={session.tenant} wanted={wanted} />}
    </Page>
  );
}

/** What one tenant's packs are could not be had; those of the others are shown all the same. */
function Unknown({ thrown, retry }: { thrown: unknown; retry: () => void }) {
  return (
    <div className="flex max-w-3xl flex-wrap items-center gap-3">
      <div className="min-w-0 flex-1 basis-64"><Failure compact thrown={thrown} /></div>
      <Button onClick={retry}>{text.common.retry}</Button>
    </div>
  );
}

function Cell({ row, pack, there }: { row: Row; pack: Schemas['Pack']; there: boolean }) {
  const on = there && pack.enabled;
  return (
    <td className="px-3 py-2">
      <Link
        to={`/packs/${row.id}/${pack.id}`}
        aria-label={`${words.open(legible(pack.title), legible(row.name))}: ${on ? words.enabled : words.disabled}`}
        className={cx('inline-flex h-8 items-center gap-2 rounded-lg px-2.5 whitespace-nowrap', on ? 'bg-good-wash text-good hover:brightness-95' : 'text-soft hover:bg-sunken')}
      >
        {on ? <Check size={16} aria-hidden /> : <Minus size={16} aria-hidden />}
        <span aria-hidden>{on ? words.enabled : words.disabled}</span>
      </Link>
    </td>
  );
}

/** The plugins for which the tenant can set something, of those that are looked for. */
function Settings({ tenant, wanted }: { tenant: string; wanted: string }) {
  const plugins = useQuery({
    queryKey: ['tenant-plugins', tenant],
    queryFn: () => every((query) => body(api.GET('/api/v1/tenants/{tenant}/plugins', { params: { path: { tenant }, query } }))),
  });
  const items = plugins.data?.items.filter((plugin) => isFound(wanted, plugin.id) && (plugin.secrets.length > 0 || Object.keys(plugin.configurationSchema).length > 0 || !plugin.enabled)) ?? [];
  if (plugins.isError) return <Failure thrown={plugins.error} retry={() => void plugins.refetch()} />;
  if (items.length === 0) return null;
  return (
    <Card title={words.settings} flush>
      <p className="px-5 pt-4 text-soft">{words.settingsLead}</p>
      <ul className="p-2">
        {items.map((plugin) => (
          <li key={plugin.id}>
            <Link to={`/packs/${tenant}/settings/${plugin.id}`} className="flex flex-wrap items-center gap-3 rounded-lg px-3 py-2.5 hover:bg-sunken">
              <span className="font-medium">{plugin.id}</span>
              <span className="text-xs text-soft">{plugin.version}</span>
              <span className="ml-auto flex gap-2">
                {plugin.secrets.length > 0 && <Badge tone={plugin.secrets.every((secret) => secret.set) ? 'good' : 'warn'}>{words.secrets}: {words.secretsSet(plugin.secrets.filter((secret) => secret.set).length, plugin.secrets.length)}</Badge>}
                <Badge tone={plugin.enabled ? 'good' : 'bad'} dot>{plugin.enabled ? words.mayUse : words.mayNotUse}</Badge>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
