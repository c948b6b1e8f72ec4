import { useQuery } from '@tanstack/react-query';
import { Download, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { api, body, every, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { OperationPanel, useOperation } from '@/rooms/operations/operation';
import { store as words } from '@/strings/store';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { bytes, dateAndTime, number } from '@/ui/format';
import { legible, plain } from '@/ui/legible';
import { Markdown } from '@/ui/markdown';
import { Card, Facts, Page } from '@/ui/page';
import { byRisk, Permission } from '@/ui/permission';
import { Failure, Loading } from '@/ui/states';
import { Consent } from './consent';
import { Stale, useInstalled } from './listings';
import type { Source } from './plan';

type Release = Schemas['Release'];

/** A plugin of the marketplace: what it is, of whom, and what it may do, before it is installed. */
export function ListingPage() {
  const slug = useParams()['slug'] ?? '';
  const listing = useQuery({ queryKey: ['listing', slug], queryFn: () => body(api.GET('/api/v1/marketplace/listings/{slug}', { params: { path: { slug } } })) });
  const releases = useQuery({ queryKey: ['releases', slug], queryFn: () => every((query) => body(api.GET('/api/v1/marketplace/listings/{slug}/releases', { params: { path: { slug }, query } }))) });
  const operation = useOperation();
  const [source, setSource] = useState<Source>();
  const installed = useInstalled().get(slug);
  const back = <Link to="/store" className="text-accent-ink hover:underline">← {words.back}</Link>;
  if (listing.isError && !listing.data) return <Page title={slug} back={back}><Failure thrown={listing.error} retry={() => void listing.refetch()} /></Page>;
  if (!listing.data) return <Page title={slug} back={back}><Loading /></Page>;
  const { title, description, publisher, latestVersion, category } = listing.data;
  const latest = releases.data?.items.find((release) => release.version === latestVersion) ?? releases.data?.items[0];
  const choose = (version: string) => setSource({ from: 'listing', listing: slug, version, swap: installed !== undefined });
  return (
    <Page
      title={title}
      back={back}
      lead={<span className="flex flex-wrap items-center gap-2"><Badge>{words.kinds[category] ?? category}</Badge><span className="min-w-0 break-words">{words.by(legible(publisher))}</span></span>}
      actions={<Act pack={category === 'pack'} installed={installed} latest={latest} choose={choose} />}
    >
      {operation.id !== null && <OperationPanel id={operation.id} onLeave={operation.leave} />}
      {listing.data.staleSince !== undefined && <Stale since={listing.data.staleSince} />}
      <div className="grid items-start gap-5 lg:grid-cols-[2fr_1fr]">
        <div className="flex min-w-0 flex-col gap-5">
          <About slug={slug} description={description} />
          <Card title={words.may}>{releases.isPending ? <Loading rows={2} /> : releases.isError ? <Failure compact thrown={releases.error} /> : <Permissions release={latest} />}</Card>
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <Card title={words.facts}>
            <Facts
              items={[
                [words.identifier, <code key="id" className="font-mono text-xs">{slug}</code>],
                [words.publisher, legible(publisher) || '–'],
                [words.version, latestVersion],
                [words.published, dateAndTime(listing.data.updatedAt)],
                [words.downloads, number(listing.data.downloads)],
                ...(latest ? factsOf(latest) : []),
              ]}
            />
          </Card>
          <Card title={words.versions} flush>
            <ul>{releases.data?.items.map((release) => <Version key={release.version} release={release} installed={installed} choose={choose} />)}</ul>
          </Card>
        </div>
      </div>
      {source && (
        <Consent
          source={source}
          onRefuse={() => setSource(undefined)}
          onBegun={(begun) => {
            setSource(undefined);
            operation.follow(begun);
          }}
        />
      )}
    </Page>
  );
}

/** What it says of itself. Strangers wrote it: it is shown as text that was marked up, never as markup. */
function About({ slug, description }: { slug: string; description: string }) {
  const readme = useQuery({ queryKey: ['readme', slug], queryFn: () => body(api.GET('/api/v1/marketplace/listings/{slug}/readme', { params: { path: { slug } } })) });
  const markdown = readme.data?.readme ?? '';
  return (
    <Card title={words.about} actions={markdown !== '' && <span className="text-xs text-soft">{words.readmeVersion(readme.data?.version ?? '')}</span>}>
      {markdown === '' && description !== '' && <p className="break-words">{plain(description)}</p>}
      {readme.isPending ? <Loading rows={3} /> : readme.isError ? <Failure compact thrown={readme.error} />
        : markdown !== '' ? <Markdown source={markdown} /> : <p className="mt-2 text-soft">{words.noAbout}</p>}
    </Card>
  );
}

function factsOf(release: Release): [string, string][] {
  const needs = release.dependencies.map((dependency) => String((dependency as { id?: unknown }).id)).join(', ');
  return [
    [words.size, bytes(release.sizeBytes)],
    [words.requires, release.requires],
    ...(needs ? [[words.needs, needs] as [string, string]] : []),
  ];
}

function Act({ pack, installed, latest, choose }: { pack: boolean; installed: Schemas['Plugin'] | undefined; latest: Release | undefined; choose: (version: string) => void }) {
  const may = useCan('plugins:write');
  const mayEnable = useCan('packs:write');
  if (!latest) return null;
  const there = installed && (
    <>
      <Link to={`/plugins/${installed.id}`} className={buttonClass()}>{words.installed} {installed.version}</Link>
      {pack && mayEnable && <Link to="/packs" className={buttonClass('primary')}>{words.enable}</Link>}
    </>
  );
  if (installed?.version === latest.version) return there;
  return (
    <>
      {there}
      {!latest.compatible && <Badge tone="warn">{words.incompatible}</Badge>}
      {may && latest.compatible && (
        <Button look="primary" icon={installed ? <RefreshCw size={16} aria-hidden /> : <Download size={16} aria-hidden />} onClick={() => choose(latest.version)}>
          {installed ? words.updateTo(latest.version) : words.install}
        </Button>
      )}
    </>
  );
}

function Permissions({ release }: { release: Release | undefined }) {
  if (!release || release.permissions.length === 0) return <p className="text-soft">{words.mayNothing}</p>;
  return <ul className="-my-3">{byRisk(release.permissions).map((request) => <Permission key={request.permission} request={request} />)}</ul>;
}

function Version({ release, installed, choose }: { release: Release; installed: Schemas['Plugin'] | undefined; choose: (version: string) => void }) {
  const may = useCan('plugins:write');
  return (
    <li className="border-b px-5 py-3 last:border-0">
      <div className="flex items-center gap-2">
        <span className="tabular font-medium">{release.version}</span>
        {installed?.version === release.version && <Badge tone="good" dot>{words.installed}</Badge>}
        {!release.compatible && <Badge tone="warn">{words.incompatible}</Badge>}
        <span className="ml-auto text-xs text-soft">{dateAndTime(release.publishedAt)}</span>
        {may && release.compatible && installed?.version !== release.version && (
          <Button look="quiet" onClick={() => choose(release.version)}>{words.install}<span className="sr-only"> {release.version}</span></Button>
        )}
      </div>
      <p className="mt-1 truncate font-mono text-xs text-soft" title={release.sha512}>{words.digest} {release.sha512}</p>
      {release.changelog && <details className="mt-1"><summary className="text-accent-ink">{words.changes}</summary><div className="mt-2"><Markdown source={release.changelog} /></div></details>}
    </li>
  );
}
