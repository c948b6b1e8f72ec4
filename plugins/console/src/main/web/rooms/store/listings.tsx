import { useQuery } from '@tanstack/react-query';
import { FileUp, Search, ShieldAlert, ShieldCheck, ShieldX, Unplug } from 'lucide-react';
import { useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api, body, every, type Schemas } from '@/api/client';
import { asProblem } from '@/api/problem';
import { useCan } from '@/api/session';
import { OperationPanel, useOperation } from '@/rooms/operations/operation';
import { text } from '@/strings';
import { store as words } from '@/strings/store';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { useClock } from '@/ui/clock';
import { cx } from '@/ui/cx';
import { FilterField } from '@/ui/filter-field';
import { ago, dateAndTime } from '@/ui/format';
import { initial, legible, plain } from '@/ui/legible';
import { Page } from '@/ui/page';
import { narrowed, usePages } from '@/ui/pages';
import { Empty, Failure, Loading, Notice } from '@/ui/states';
import { Consent } from './consent';
import { chosenOf, Facets, FACETS, useFacets, type FacetName } from './facets';

/** The plugins that are there, by their id; empty for whoever may not see them. */
export function useInstalled(): Map<string, Schemas['Plugin']> {
  const plugins = useQuery({ queryKey: ['plugins'], queryFn: () => every((query) => body(api.GET('/api/v1/plugins', { params: { query } }))), enabled: useCan('plugins:read') });
  return new Map(plugins.data?.items.map((plugin) => [plugin.id, plugin]));
}

/** What the marketplace offers, by words and by what plugins are; all that is chosen is in the address. */
export function Listings() {
  const [search, setSearch] = useSearchParams();
  const chosen = chosenOf(search);
  const q = chosen.q ?? '';
  const operation = useOperation();
  const mayInstall = useCan('plugins:write');
  const installed = useInstalled();
  const facets = useFacets(chosen);
  const pages = usePages(['listings', chosen], (cursor) => body(api.GET('/api/v1/marketplace/listings', {
    params: { query: { limit: '24', ...chosen, ...(cursor ? { cursor } : {}) } },
  })), 60_000);
  const set = (name: FacetName | 'q', value: string | undefined) => setSearch((now) => narrowed(now, name, value), { replace: true });
  const clear = () => setSearch((now) => FACETS.reduce((rest, name) => narrowed(rest, name, undefined), now), { replace: true });
  const away = pages.error && asProblem(pages.error).code === 'registry:UNAVAILABLE';
  return (
    <Page title={words.title} lead={words.lead} actions={mayInstall && <FromFile />}>
      {operation.id !== null && <OperationPanel id={operation.id} onLeave={operation.leave} />}
      {facets.data?.staleSince !== undefined && <Stale since={facets.data.staleSince} />}
      <search>
        <FilterField className="relative" field="pl-9" hidden type="search" name="q" label={words.search} placeholder={words.searchHint} maxLength={200} value={q} onSettle={(wanted) => set('q', wanted || undefined)}>
          <Search size={16} aria-hidden className="absolute top-2.5 left-3 text-soft" />
        </FilterField>
      </search>
      <div className={cx('grid items-start gap-5', facets.data && 'lg:grid-cols-[15rem_1fr]')}>
        {facets.data && <Facets counts={facets.data} chosen={chosen} set={set} clear={clear} />}
        <div className="flex min-w-0 flex-col gap-5">
          {pages.loading && <Loading rows={6} />}
          {away && <Notice icon={<Unplug size={22} />} title={words.down} action={<Button look="primary" onClick={pages.refresh}>{text.common.retry}</Button>}>{words.downDetail}<Failure compact thrown={pages.error} /></Notice>}
          {pages.error && !away && <Failure thrown={pages.error} retry={pages.refresh} />}
          {pages.items?.length === 0 && <Empty title={words.empty} action={Object.keys(chosen).length > 0 && <Button onClick={() => setSearch({}, { replace: true })}>{words.clear}</Button>}>{words.emptyDetail}</Empty>}
          <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
            {pages.items?.map((listing) => <li key={listing.slug} className="contents"><Tile listing={listing} installed={installed.get(listing.slug)} /></li>)}
          </ul>
          {(pages.forward ?? pages.backward) && (
            <div className="flex justify-center gap-2">
              <Button disabled={!pages.backward} onClick={pages.backward}>{pages.skips ? text.common.first : text.common.previous}</Button>
              <Button disabled={!pages.forward} onClick={pages.forward}>{text.common.next}</Button>
            </div>
          )}
        </div>
      </div>
    </Page>
  );
}

/** What is shown is what the registry said before it stopped answering. */
export function Stale({ since }: { since: string }) {
  useClock();
  return (
    <p role="status" className="flex items-start gap-3 rounded-lg bg-warn-wash px-4 py-3 text-warn">
      <Unplug size={18} aria-hidden className="mt-0.5 shrink-0" />
      <span title={dateAndTime(since)}>{words.stale(ago(since))}</span>
    </p>
  );
}

function Tile({ listing, installed }: { listing: Schemas['Listing']; installed: Schemas['Plugin'] | undefined }) {
  return (
    <Link to={`/store/${listing.slug}`} className="flex flex-col gap-2 rounded-card border bg-surface p-5 shadow-card transition-colors hover:border-edge">
      <span className="flex items-start gap-3">
        <span aria-hidden className="grid size-10 shrink-0 place-items-center rounded-xl bg-accent-wash text-base font-semibold text-accent-ink">{initial(listing.title)}</span>
        <span className="min-w-0 flex-1">
          <span className="block text-base leading-snug font-semibold break-words line-clamp-2">{legible(listing.title)}</span>
          <span className="block truncate text-xs text-soft">{words.by(legible(listing.publisher))}</span>
        </span>
        <Badge>{words.kinds[listing.category] ?? listing.category}</Badge>
      </span>
      <span className="line-clamp-3 flex-1 break-words text-soft">{plain(listing.description)}</span>
      <span className="flex items-center gap-2 text-xs text-soft">
        <span className="tabular">{listing.latestVersion}</span>
        <Risk risk={listing.risk} />
        {installed && (installed.version === listing.latestVersion ? <Badge tone="good" dot>{words.installed}</Badge> : <Badge tone="info">{words.updateTo(listing.latestVersion)}</Badge>)}
      </span>
    </Link>
  );
}

/** How grave the gravest of what it asks for is; nothing of it is granted yet. */
function Risk({ risk }: { risk: Schemas['Listing']['risk'] }) {
  const Icon = risk === 'NONE' || risk === 'LOW' ? ShieldCheck : risk === 'CRITICAL' ? ShieldX : ShieldAlert;
  const ink = risk === 'NONE' || risk === 'LOW' ? 'text-good' : risk === 'MEDIUM' ? 'text-warn' : 'text-bad';
  return <span className="flex items-center gap-1"><Icon size={14} aria-hidden className={ink} /><span className="sr-only">{words.facets.risk}: </span>{words.risks[risk]}</span>;
}

function FromFile() {
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File>();
  const operation = useOperation();
  const over = () => {
    setFile(undefined);
    if (input.current) input.current.value = '';
  };
  return (
    <>
      <input ref={input} type="file" accept=".jar,application/java-archive" aria-label={words.file} tabIndex={-1} className="sr-only" onChange={(event) => setFile(event.target.files?.[0])} />
      <Button icon={<FileUp size={16} aria-hidden />} onClick={() => input.current?.click()}>{words.fromFile}</Button>
      {file && (
        <Consent
          source={{ from: 'file', file }}
          onRefuse={over}
          onBegun={(begun) => {
            over();
            operation.follow(begun);
          }}
        />
      )}
    </>
  );
}
