import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Link, useLocation, useNavigate, useParams, Route, Routes, useSearchParams, type Location } from 'react-router';
import { useAsking } from '@/api/asking';
import { api, body } from '@/api/client';
import { text } from '@/strings';
import { Badge, StateBadge, toneOf } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { SelectField } from '@/ui/field';
import { legible } from '@/ui/legible';
import { Card, Page } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure, Loading } from '@/ui/states';
import { DataTable } from '@/ui/table';
import { When } from '@/ui/when';
import { Decision, type Approval } from './decision';
import { gistOf } from './gist';

const words = text.approvals;

/** So much of what would run stands in the list that one call of a tool is told from the next. */
const GIST = 90;

const columns: ColumnDef<Approval>[] = [
  { header: words.columns.what, cell: ({ row }) => <Open approval={row.original} /> },
  { header: words.columns.risk, cell: ({ row }) => <Badge tone={toneOf(row.original.risk)}>{words.riskName(row.original.risk)}</Badge> },
  { header: words.columns.state, cell: ({ row }) => <StateBadge state={row.original.state} /> },
  { header: words.columns.asked, cell: ({ row }) => <When at={row.original.createdAt} /> },
  { header: words.columns.until, cell: ({ row }) => <When at={row.original.expiresAt} /> },
];

/** What all of a list have needs no column. */
const OF_ONE_STATE = columns.filter(({ header }) => header !== words.columns.state);

/** Goes to one of the list, which stays at its place. */
function Open({ approval }: { approval: Approval }) {
  const { search, state } = useLocation() as Location<unknown>;
  return (
    <>
      <Link to={{ pathname: `/approvals/${approval.id}`, search }} state={state} className="font-mono text-xs font-medium [overflow-wrap:anywhere] text-accent-ink hover:underline">{legible(approval.name, 80)}</Link>
      <span className="block text-xs [overflow-wrap:anywhere] text-soft">{gistOf(approval.arguments, GIST)}</span>
    </>
  );
}

const DECIDED = ['APPROVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN'];

/** The inbox of what people have to agree to. */
export default function ApprovalsRoom() {
  return (
    <Routes>
      <Route index element={<Inbox />} />
      <Route path=":id" element={<Inbox />} />
    </Routes>
  );
}

function Inbox() {
  const { id } = useParams();
  const navigate = useNavigate();
  const here = useLocation() as Location<unknown>;
  const [search, setSearch] = useSearchParams();
  const state = search.get('state') ?? 'PENDING';
  const pages = usePages(
    ['approvals', 'list', state],
    (cursor) => body(api.GET('/api/v1/approvals', { params: { query: { limit: '25', ...(state === 'all' ? {} : { state }), ...(cursor ? { cursor } : {}) } } })),
    3_000,
  );
  // With nothing to choose from there is nothing to say beside it.
  const nothing = id === undefined && pages.items?.length === 0;
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        <SelectField hidden label={words.states} value={state} onChange={(event) => setSearch(event.target.value === 'PENDING' ? {} : { state: event.target.value }, { replace: true })}>
          <option value="PENDING">{words.pending}</option>
          {DECIDED.map((one) => <option key={one} value={one}>{text.common.states[one]}</option>)}
          <option value="all">{words.all}</option>
        </SelectField>
      }
    >
      <div className={cx('grid items-start gap-5', !nothing && 'xl:grid-cols-2')}>
        <Card flush className={cx('xl:sticky xl:top-6', id !== undefined && 'max-xl:hidden')}>
          <DataTable
            label={words.title}
            pages={pages}
            columns={state === 'all' ? columns : OF_ONE_STATE}
            rowKey={(row) => row.id}
            {...(id === undefined ? {} : { selected: id })}
            onOpen={(row) => void navigate({ pathname: `/approvals/${row.id}`, search: here.search }, { state: here.state })}
            empty={state === 'PENDING' ? <Empty title={words.empty}>{words.emptyDetail}</Empty> : <Empty title={words.none} />}
          />
        </Card>
        {!nothing && (
          <Card className={cx(id === undefined && 'max-xl:hidden')}>
            {id === undefined ? <p className="text-soft">{words.choose}</p> : <><Back key={`back ${id}`} /><Chosen key={id} id={id} /></>}
          </Card>
        )}
      </div>
    </Page>
  );
}

/** Where there is no room for the list beside what was chosen of it, this leads back to the list, at its place. */
function Back() {
  const { search, state, key } = useLocation() as Location<unknown>;
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // What led here is hidden now. A page that is loaded begins at its top.
    if (key !== 'default' && link.current?.checkVisibility()) link.current.focus();
  }, [key]);
  return (
    <Link ref={link} to={{ pathname: '/approvals', search }} state={state} className="mb-4 inline-flex items-center gap-1.5 text-soft hover:text-ink xl:hidden">
      <ArrowLeft size={15} aria-hidden />{words.title}
    </Link>
  );
}

function Chosen({ id }: { id: string }) {
  const approval = useQuery({
    queryKey: ['approvals', id],
    queryFn: () => body(api.GET('/api/v1/approvals/{id}', { params: { path: { id } } })),
    refetchInterval: useAsking(['approvals'], 3_000),
  });
  if (approval.data) return <Decision approval={approval.data} />;
  if (approval.isError) return <Failure thrown={approval.error} retry={() => void approval.refetch()} />;
  return <Loading />;
}
