import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body, type Schemas } from '@/api/client';
import { because } from '@/api/reason';
import { useCan } from '@/api/session';
import { plugins as words } from '@/strings/plugins';
import { consent } from '@/strings/store';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { exact } from '@/ui/legible';
import { Card } from '@/ui/page';
import { byRisk, Permission, Understood } from '@/ui/permission';
import { Failure, Loading } from '@/ui/states';

/** What a plugin declares and what of it is granted; what it works without can be taken back at any time. */
export function Grants({ id, follow }: { id: string; follow: (operation: Schemas['Operation']) => void }) {
  const permissions = useQuery({ queryKey: ['plugin-permissions', id], queryFn: () => body(api.GET('/api/v1/plugins/{id}/permissions', { params: { path: { id } } })) });
  /** What was shown when the change was begun. */
  const [seen, setSeen] = useState<Schemas['PluginPermissions']>();
  const may = useCan('plugins:write');
  const declared = byRisk(permissions.data?.declared ?? []);
  const granted = permissions.data?.granted ?? [];
  return (
    <Card
      title={words.permissions}
      actions={may && declared.length > 0 && <Button look="quiet" onClick={() => setSeen(permissions.data)}>{words.grant}</Button>}
    >
      {permissions.isError ? <Failure compact thrown={permissions.error} /> : permissions.isPending ? <Loading rows={2} />
        : declared.length === 0 ? <p className="text-soft">{words.permissionsNone}</p> : (
          <ul className="-my-3">
            {declared.map((request) => {
              const has = granted.includes(request.permission);
              return <Permission key={request.permission} request={request} mark={<Badge tone={has ? 'good' : 'soft'}>{has ? words.granted : words.notGranted}</Badge>} />;
            })}
          </ul>
        )}
      {seen && (
        <Change
          declared={byRisk(seen.declared)}
          granted={seen.granted}
          onClose={() => setSeen(undefined)}
          run={async (wanted, critical, reason) => {
            follow(await body(api.PUT('/api/v1/plugins/{id}/permissions', {
              params: { path: { id }, header: { 'If-Match': seen.etag } }, headers: because(reason), body: { granted: wanted, acceptCritical: critical },
            })));
            await permissions.refetch();
          }}
        />
      )}
    </Card>
  );
}

function Change({ declared, granted, run, onClose }: {
  declared: Schemas['PermissionRequest'][]; granted: string[]; run: (wanted: string[], critical: boolean, reason: string) => Promise<void>; onClose: () => void;
}) {
  const [wanted, setWanted] = useState(granted);
  const [understood, setUnderstood] = useState(false);
  const critical = declared.filter((request) => request.risk === 'CRITICAL' && wanted.includes(request.permission));
  const more = critical.some((request) => !granted.includes(request.permission));
  return (
    <Confirm
      danger={more}
      title={words.grant}
      action={words.save}
      reason="optional"
      disabled={more && !understood}
      onClose={onClose}
      run={(reason) => run(wanted, critical.length > 0, reason)}
    >
      <p className="text-soft">{words.grantDetail}</p>
      <ul>
        {declared.map((request) => (
          <Permission
            key={request.permission}
            request={request}
            mark={<span className="text-xs text-soft">{request.optional ? consent.optional : consent.required}</span>}
            {...(request.optional || !granted.includes(request.permission)
              ? {
                  control: (
                    <input
                      type="checkbox"
                      aria-label={exact(request.permission)}
                      className="mt-1 size-4 shrink-0 accent-accent"
                      checked={wanted.includes(request.permission)}
                      onChange={(event) => setWanted(event.target.checked ? [...wanted, request.permission] : wanted.filter((other) => other !== request.permission))}
                    />
                  ),
                }
              : {})}
          />
        ))}
      </ul>
      {more && <Understood understood={understood} onChange={setUnderstood} />}
    </Confirm>
  );
}
