import { useQuery } from '@tanstack/react-query';
import { api, body, every, type Schemas } from '@/api/client';
import { useSession, type Session } from '@/api/session';
import { killSwitches as words } from '@/strings/kill';
import { SelectField, TextField } from '@/ui/field';
import { legible } from '@/ui/legible';

export type Kind = Schemas['KillSwitch']['kind'];

interface Choice {
  id: string;
  name: string;
}

function kindsFor({ principal, tenant }: Session): Kind[] {
  const own: Kind[] = tenant === undefined ? [] : ['tenant', 'agent'];
  return [...(principal.platform ? (['platform'] as const) : []), ...own, 'tool', 'plugin', 'provider'];
}

async function choices(kind: Kind, tenant: string | undefined): Promise<Choice[]> {
  const named = ({ id, name }: Choice): Choice => ({ id, name });
  if (kind === 'platform') return [{ id: 'all', name: words.kinds.platform }];
  if (kind === 'tenant') return [named(await body(api.GET('/api/v1/tenants/{tenant}', { params: { path: { tenant: tenant ?? 'self' } } })))];
  if (kind === 'agent') return (await every((query) => body(api.GET('/api/v1/agents', { params: { query } })))).items.map(({ id }) => ({ id, name: id }));
  if (kind === 'tool') return (await every((query) => body(api.GET('/api/v1/tools', { params: { query } })))).items.map(({ name }) => ({ id: name, name }));
  if (kind === 'provider') return (await every((query) => body(api.GET('/api/v1/providers', { params: { query } })))).items.map(({ id }) => ({ id, name: id }));
  return (await every((query) => body(api.GET('/api/v1/plugins', { params: { query } })))).items.map(({ id }) => ({ id, name: id }));
}

/** What to stop: a kind, and one of what there is; who may not list what there is types its name. */
export function Target({ kind, id, onChange }: { kind: Kind; id: string; onChange: (kind: Kind, id: string) => void }) {
  const session = useSession();
  const found = useQuery({ queryKey: ['kill-targets', kind, session.tenant], queryFn: () => choices(kind, session.tenant), retry: false });
  const label = words.target[kind];
  return (
    <>
      <div className="w-full sm:w-64">
        <SelectField
          label={words.kind}
          value={kind}
          onChange={(event) => {
            const next = event.target.value as Kind;
            onChange(next, next === 'platform' ? 'all' : next === 'tenant' ? (session.tenant ?? '') : '');
          }}
        >
          {kindsFor(session).map((one) => <option key={one} value={one}>{words.kinds[one]}</option>)}
        </SelectField>
      </div>
      {kind !== 'platform' && (
        <div className="w-full sm:w-72">
          {found.isError ? <TextField label={label} value={id} onChange={(event) => onChange(kind, event.target.value.trim())} /> : (
            <SelectField label={label} value={id} onChange={(event) => onChange(kind, event.target.value)}>
              <option value="">{words.choose}</option>
              {found.data?.map((one) => <option key={one.id} value={one.id}>{legible(one.name, 80)}</option>)}
            </SelectField>
          )}
        </div>
      )}
    </>
  );
}
