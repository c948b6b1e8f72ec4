import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { useSession, type Scope } from '@/api/session';
import { apiKeys as words } from '@/strings/access';
import { Button } from '@/ui/button';

/** The rights that may be passed on: the caller's own, and in a tenant only those that its owner could have. */
function useOffered(): Scope[] {
  const { principal, tenant, can } = useSession();
  const narrowed = tenant !== undefined && principal.platform && can('roles:read');
  const owner = useQuery({
    queryKey: ['roles', 'owner', tenant],
    queryFn: () => body(api.GET('/api/v1/roles/{name}', { params: { path: { name: 'owner' } } })),
    enabled: narrowed,
    staleTime: Infinity,
  });
  if (!narrowed) return principal.scopes;
  return principal.scopes.filter((scope) => owner.data?.scopes.includes(scope));
}

/** Chooses rights, grouped by what they are about. Only those that the caller has are offered: nobody gives more. */
export function Scopes({ label, chosen, onChange }: { label: string; chosen: Scope[]; onChange: (scopes: Scope[]) => void }) {
  const offered = [...new Set([...useOffered(), ...chosen])];
  const groups = [...new Set(offered.map((scope) => scope.split(':')[0] ?? scope))];
  const toggle = (scope: Scope, on: boolean) => onChange(on ? [...chosen, scope] : chosen.filter((other) => other !== scope));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium">{label}</legend>
      <div className="flex flex-wrap gap-1">
        <Button look="quiet" onClick={() => onChange(offered.filter((scope) => scope.endsWith(':read')))}>{words.read}</Button>
        <Button look="quiet" onClick={() => onChange(offered)}>{words.all}</Button>
        <Button look="quiet" onClick={() => onChange([])}>{words.none}</Button>
      </div>
      <div className="grid gap-x-4 gap-y-2 rounded-lg border p-3 sm:grid-cols-2">
        {groups.map((group) => (
          <div key={group} className="flex flex-wrap items-baseline gap-x-3">
            <span className="w-28 shrink-0 text-soft">{group}</span>
            {offered.filter((scope) => scope.startsWith(`${group}:`)).map((scope) => (
              <label key={scope} className="flex items-center gap-1.5">
                <input type="checkbox" aria-label={scope} className="size-4 accent-accent" checked={chosen.includes(scope)} onChange={(event) => toggle(scope, event.target.checked)} />
                {scope.slice(group.length + 1)}
              </label>
            ))}
          </div>
        ))}
      </div>
    </fieldset>
  );
}
