import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body, done, every, type Schemas } from '@/api/client';
import { numberOf, writeJson } from '@/api/exact';
import { asProblem } from '@/api/problem';
import { useCan, useSession } from '@/api/session';
import { Choices } from '@/rooms/access/choices';
import { text } from '@/strings';
import { plans as words } from '@/strings/plans';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { SelectField, TextField } from '@/ui/field';
import { JsonField, parsed } from '@/ui/json-field';
import { legible } from '@/ui/legible';
import { usePages } from '@/ui/pages';
import { Empty, Failure, Loading } from '@/ui/states';
import { DataTable } from '@/ui/table';

type Plan = Schemas['Plan'];
type Limits = Schemas['PlanLimits'];
type Feature = Plan['features'][number];

const FEATURES = Object.keys(words.features) as Feature[];

/** What is offered to tenants, and which of it the one has that is acted for. */
export function Plans() {
  const may = useCan('tenants:write');
  const session = useSession();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Plan | 'new'>();
  const [removed, setRemoved] = useState<Plan>();
  const pages = usePages(['plans', 'list'], () => every((query) => body(api.GET('/api/v1/plans', { params: { query } }))));
  const again = () => queries.invalidateQueries({ queryKey: ['plans'] });
  return (
    <>
      {session.tenant !== undefined && session.can('limits:read') && <Own plans={pages.items ?? []} />}
      {may && <div className="flex justify-end px-5 py-3"><Button look="primary" onClick={() => setEdited('new')}>{words.create}</Button></div>}
      <DataTable
        label={words.title}
        pages={pages}
        rowKey={(plan) => plan.name}
        empty={<Empty title={words.empty}>{words.emptyDetail}</Empty>}
        columns={[
          { header: words.columns.name, cell: ({ row }) => <span className="font-medium break-words">{legible(row.original.name)}</span> },
          { header: words.columns.features, cell: ({ row }) => <Features features={row.original.features} /> },
          { header: words.columns.limits, cell: ({ row }) => <Bounds limits={row.original.limits} /> },
          {
            id: 'actions', header: () => <span className="sr-only">{text.common.actions}</span>,
            cell: ({ row: { original } }) => may && (
              <span className="flex justify-end gap-1">
                <Button look="quiet" onClick={() => setEdited(original)}>{words.edit}<span className="sr-only"> {legible(original.name)}</span></Button>
                <Button look="quiet" onClick={() => setRemoved(original)}>{words.remove}<span className="sr-only"> {legible(original.name)}</span></Button>
              </span>
            ),
          },
        ]}
      />
      {edited && <Edit edited={edited === 'new' ? undefined : edited} again={again} onClose={() => setEdited(undefined)} />}
      {removed && (
        <Confirm
          title={words.removeTitle(legible(removed.name))}
          action={words.remove}
          typed={removed.name}
          onClose={() => setRemoved(undefined)}
          run={async () => {
            await done(api.DELETE('/api/v1/plans/{name}', { params: { path: { name: removed.name }, header: seen(removed) } }));
            await again();
          }}
        >
          <p>{words.removeDetail}</p>
        </Confirm>
      )}
    </>
  );
}

/** A change is of the plan as it is shown, and refused when somebody else has changed it since. */
const seen = (plan: Plan) => ({ 'If-Match': `"${String(plan.revision)}"` });

function Features({ features }: { features: Feature[] }) {
  if (features.length === 0) return <span className="text-soft">{words.noFeatures}</span>;
  return <span className="flex flex-wrap gap-1">{features.map((feature) => <Badge key={feature}>{words.features[feature].name}</Badge>)}</span>;
}

/** What it bounds, in the order of the form. */
function Bounds({ limits }: { limits: Limits }) {
  const said = words.bounds(limits);
  return said.length === 0 ? <span className="text-soft">{words.noLimits}</span> : <ul>{said.map((one) => <li key={one}>{one}</li>)}</ul>;
}

/** The plan of the tenant that is acted for. */
function Own({ plans }: { plans: Plan[] }) {
  const may = useCan('limits:write');
  const queries = useQueryClient();
  const { tenant } = useSession();
  const own = useQuery({
    queryKey: ['subscription', tenant],
    queryFn: () => body(api.GET('/api/v1/plan')),
    retry: false,
  });
  const [plan, setPlan] = useState('');
  const [asked, setAsked] = useState<'give' | 'take'>();
  const none = own.isError && asProblem(own.error).code === 'quotas:UNKNOWN_SUBSCRIPTION';
  const has = none ? undefined : own.data;
  const again = () => queries.invalidateQueries({ queryKey: ['subscription'] });
  return (
    <section className="border-b px-5 py-4">
      <h2 className="font-semibold">{words.own}</h2>
      {own.isPending ? <Loading rows={1} /> : own.isError && !none ? <Failure compact thrown={own.error} />
        : has ? <p className="mt-1 flex flex-wrap items-center gap-2"><span className="font-medium">{legible(has.plan)}</span><Features features={has.features} /></p>
          : <p className="mt-1 text-soft">{words.ownNone}</p>}
      {may && (
        <div className="mt-3 flex flex-wrap items-end gap-3">
          <SelectField label={words.choose} value={plan} onChange={(event) => setPlan(event.target.value)}>
            <option value="">{words.chooseOne}</option>
            {plans.map((one) => <option key={one.name}>{one.name}</option>)}
          </SelectField>
          <Button disabled={plan === ''} onClick={() => setAsked('give')}>{words.give}</Button>
          {has && <Button onClick={() => setAsked('take')}>{words.take}</Button>}
        </div>
      )}
      {asked === 'give' && (
        <Confirm
          danger={false}
          title={words.giveTitle(legible(plan))}
          action={words.give}
          onClose={() => setAsked(undefined)}
          run={async () => {
            await done(api.PUT('/api/v1/plan', {
              ...(has ? { params: { header: { 'If-Match': has.etag } } } : {}),
              body: { plan, ...(has ? { features: has.own } : {}) },
            }));
            await again();
          }}
        >
          <p>{words.giveDetail}</p>
        </Confirm>
      )}
      {asked === 'take' && has && (
        <Confirm
          title={words.takeTitle(legible(has.plan))}
          action={words.take}
          typed={has.plan}
          onClose={() => setAsked(undefined)}
          run={async () => {
            await done(api.DELETE('/api/v1/plan', { params: { header: { 'If-Match': has.etag } } }));
            await again();
          }}
        >
          <p>{words.takeDetail}</p>
        </Confirm>
      )}
    </section>
  );
}

type Numbers = keyof typeof words.numbers;
const NUMBERS = Object.keys(words.numbers) as Numbers[];

function Edit({ edited: before, again, onClose }: { edited: Plan | undefined; again: () => Promise<unknown>; onClose: () => void }) {
  const [name, setName] = useState(before?.name ?? '');
  const [features, setFeatures] = useState<string[]>(before?.features ?? FEATURES);
  const [numbers, setNumbers] = useState<Partial<Record<Numbers, string>>>(() =>
    Object.fromEntries(NUMBERS.map((one) => [one, before?.limits[one] === undefined ? '' : String(before.limits[one])])));
  const [span, setSpan] = useState(before?.limits.window ?? '');
  const [budgets, setBudgets] = useState(writeJson(before?.limits.budgets ?? [], 2));
  const wrong = NUMBERS.filter((one) => !/^\d*$/.test((numbers[one] ?? '').trim()));
  return (
    <Confirm
      wide
      danger={false}
      title={before === undefined ? words.create : words.editTitle(legible(before.name))}
      action={words.save}
      disabled={name.trim() === '' || wrong.length > 0 || parsed(budgets) === undefined}
      onClose={onClose}
      run={async () => {
        const list = parsed(budgets)?.value as Limits['budgets'];
        const limits: Limits = {
          ...(before?.limits.even === undefined ? {} : { even: before.limits.even }),
          ...Object.fromEntries(NUMBERS.filter((one) => (numbers[one] ?? '').trim() !== '').map((one) => [one, numberOf(numbers[one] ?? '')])),
          ...(span.trim() === '' ? {} : { window: span.trim() }),
          ...(list === undefined || list.length === 0 ? {} : { budgets: list }),
        };
        await done(api.PUT('/api/v1/plans/{name}', {
          params: { path: { name: name.trim() }, header: before === undefined ? {} : seen(before) }, body: { features: features as Feature[], limits },
        }));
        await again();
      }}
    >
      {before === undefined ? <TextField label={words.name} hint={words.nameHint} value={name} autoComplete="off" onChange={(event) => setName(event.target.value)} />
        : <p>{words.editDetail}</p>}
      <Choices label={words.columns.features} choices={FEATURES.map((one) => ({ id: one, name: words.features[one].name, hint: words.features[one].hint }))} chosen={features} onChange={setFeatures} />
      <div className="grid gap-3 sm:grid-cols-2">
        {NUMBERS.map((one) => (
          <TextField
            key={one}
            label={`${words.numbers[one]} (${text.common.form.optional})`}
            inputMode="numeric"
            autoComplete="off"
            value={numbers[one] ?? ''}
            error={wrong.includes(one) ? words.whole : undefined}
            onChange={(event) => setNumbers({ ...numbers, [one]: event.target.value })}
          />
        ))}
        <TextField label={`${words.window} (${text.common.form.optional})`} hint={words.windowHint} autoComplete="off" value={span} onChange={(event) => setSpan(event.target.value)} />
      </div>
      <JsonField label={words.budgets} hint={words.budgetsHint} rows={5} value={budgets} onChange={setBudgets} />
    </Confirm>
  );
}
