import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { plugins as words } from '@/strings/plugins';
import { consent } from '@/strings/store';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { Card } from '@/ui/page';
import { byRisk, Permission } from '@/ui/permission';
import { Failure, Loading } from '@/ui/states';

/** What a plugin declares and what of it is granted; what it works without can be taken back at any time. */
export function Grants({ id, follow }: { id: string; follow: (operation: Schemas['Operation']) => void }) {
  const permissions = useQuery({ queryKey: ['plugin-permissions', id], queryFn: () => body(api.GET('/api/v1/plugins/{id}/permissions', { params: { path: { id } } })) });
  const [changing, setChanging] = useState<string[]>();
  const may = useCan('plugins:write');
  const declared = byRisk(permissions.data?.declared ?? []);
  const granted = permissions.data?.granted ?? [];
  return (
    <Card
      title={words.permissions}
      actions={may && declared.length > 0 && <Button look="quiet" onClick={() => setChanging(granted)}>{words.grant}</Button>}
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
      {changing && (
        <Confirm
          danger={false}
          title={words.grant}
          action={words.save}
          reason="optional"
          onClose={() => setChanging(undefined)}
          run={async (reason) => {
            const critical = declared.some((request) => request.risk === 'CRITICAL' && changing.includes(request.permission));
            follow(await body(api.PUT('/api/v1/plugins/{id}/permissions', {
              params: { path: { id } }, headers: reason ? { 'AgentOS-Reason': reason } : {}, body: { granted: changing, acceptCritical: critical },
            })));
            await permissions.refetch();
          }}
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
                          aria-label={request.permission}
                          className="mt-1 size-4 shrink-0 accent-accent"
                          checked={changing.includes(request.permission)}
                          onChange={(event) => setChanging(event.target.checked ? [...changing, request.permission] : changing.filter((other) => other !== request.permission))}
                        />
                      ),
                    }
                  : {})}
              />
            ))}
          </ul>
        </Confirm>
      )}
    </Card>
  );
}
