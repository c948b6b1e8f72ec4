import { useQuery } from '@tanstack/react-query';
import { FileUp, Search } from 'lucide-react';
import { useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api, body, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { OperationPanel, useOperation } from '@/rooms/operations/operation';
import { text } from '@/strings';
import { store as words } from '@/strings/store';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { SelectField, TextField } from '@/ui/field';
import { Page } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure, Loading } from '@/ui/states';
import { Consent } from './consent';

const KINDS = ['pack', 'tool', 'provider', 'protocol', 'console', 'library'];

/** The plugins that are there, by their id; empty for whoever may not see them. */
export function useInstalled(): Map<string, Schemas['Plugin']> {
  const plugins = useQuery({ queryKey: ['plugins'], queryFn: () => body(api.GET('/api/v1/plugins')), enabled: useCan('plugins:read') });
  return new Map(plugins.data?.items.map((plugin) => [plugin.id, plugin]));
}

/** What the marketplace offers, by words and kind; both are in the address. */
export function Listings() {
  const [search, setSearch] = useSearchParams();
  const q = search.get('q') ?? '';
  const category = search.get('category') ?? '';
  const operation = useOperation();
  const mayInstall = useCan('plugins:write');
  const installed = useInstalled();
  const pages = usePages(['listings', q, category], (cursor) => body(api.GET('/api/v1/marketplace/listings', {
    params: { query: { limit: '24', ...(q ? { q } : {}), ...(category ? { category } : {}), ...(cursor ? { cursor } : {}) } },
  })));
  const set = (name: string, value: string) => setSearch((now) => {
    if (value) now.set(name, value);
    else now.delete(name);
    return now;
  }, { replace: true });
  return (
    <Page title={words.title} lead={words.lead} actions={mayInstall && <FromFile />}>
      {operation.id !== null && <OperationPanel id={operation.id} onLeave={operation.leave} />}
      <search className="flex flex-wrap gap-3">
        <form
          className="relative min-w-60 flex-1"
          onSubmit={(event) => {
            event.preventDefault();
            const field = event.currentTarget.elements.namedItem('q');
            if (field instanceof HTMLInputElement) set('q', field.value.trim());
          }}
        >
          <TextField key={q} hidden type="search" name="q" label={words.search} placeholder={words.searchHint} defaultValue={q} className="pl-9" onBlur={(event) => set('q', event.target.value.trim())} />
          <Search size={16} aria-hidden className="absolute top-2.5 left-3 text-soft" />
        </form>
        <div className="w-44">
          <SelectField hidden label={words.category} value={category} onChange={(event) => set('category', event.target.value)}>
            <option value="">{words.anyCategory}</option>
            {KINDS.map((kind) => <option key={kind}>{kind}</option>)}
          </SelectField>
        </div>
      </search>
      {pages.loading && <Loading rows={6} />}
      {pages.error && <Failure thrown={pages.error} retry={pages.refresh} />}
      {pages.items?.length === 0 && <Empty title={words.empty}>{words.emptyDetail}</Empty>}
      <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {pages.items?.map((listing) => <li key={listing.slug} className="contents"><Tile listing={listing} installed={installed.get(listing.slug)} /></li>)}
      </ul>
      {(pages.forward ?? pages.backward) && (
        <div className="flex justify-center gap-2">
          <Button disabled={!pages.backward} onClick={pages.backward}>{text.common.previous}</Button>
          <Button disabled={!pages.forward} onClick={pages.forward}>{text.common.next}</Button>
        </div>
      )}
    </Page>
  );
}

function Tile({ listing, installed }: { listing: Schemas['Listing']; installed: Schemas['Plugin'] | undefined }) {
  return (
    <Link to={`/store/${listing.slug}`} className="flex flex-col gap-2 rounded-card border bg-surface p-5 shadow-card transition-colors hover:border-edge">
      <span className="flex items-start gap-3">
        <span aria-hidden className="grid size-10 shrink-0 place-items-center rounded-xl bg-accent-wash text-base font-semibold text-accent-ink">{listing.title.charAt(0)}</span>
        <span className="min-w-0 flex-1">
          <span className="block truncate text-base font-semibold">{listing.title}</span>
          <span className="block truncate text-xs text-soft">{words.by(listing.publisher)}</span>
        </span>
        <Badge>{listing.category}</Badge>
      </span>
      <span className="line-clamp-3 flex-1 text-soft">{listing.description}</span>
      <span className="flex items-center gap-2 text-xs text-soft">
        <span className="tabular">{listing.latestVersion}</span>
        {installed && (installed.version === listing.latestVersion ? <Badge tone="good" dot>{words.installed}</Badge> : <Badge tone="info">{words.updateTo(listing.latestVersion)}</Badge>)}
      </span>
    </Link>
  );
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
