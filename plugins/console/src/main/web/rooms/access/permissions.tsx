import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schemas } from '@/api/client';
import { text } from '@/strings';
import { permissions as words } from '@/strings/access';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { Failure, Loading } from '@/ui/states';

/** What a key or a user may do now, as the server itself decides it. */
export function PermissionPreview({ id, name, load, onClose }: { id: string; name: string; load: () => Promise<Schemas['Permissions']>; onClose: () => void }) {
  const found = useQuery({ queryKey: ['permissions', id], queryFn: load, staleTime: 0 });
  const [wanted, setWanted] = useState('');
  const operations = found.data?.operations.filter((one) => `${one.operationId} ${one.method} ${one.path}`.toLowerCase().includes(wanted.toLowerCase())) ?? [];
  return (
    <Dialog wide title={words.title(name)} onClose={onClose} footer={<Button onClick={onClose}>{text.common.close}</Button>}>
      {found.isError ? <Failure compact thrown={found.error} /> : !found.data ? <Loading /> : (
        <div className="flex flex-col gap-4">
          <Names title={words.roles} names={found.data.roles ?? []} />
          <Names title={words.groups} names={found.data.groups ?? []} />
          <Names title={words.rights} names={found.data.scopes} />
          <TextField label={words.operations} hint={words.count(operations.length)} placeholder={words.filter} value={wanted} onChange={(event) => setWanted(event.target.value)} />
          <ul className="max-h-72 overflow-y-auto rounded-lg bg-sunken p-3 font-mono text-xs" tabIndex={0} aria-label={words.operations}>
            {operations.map((one) => <li key={one.operationId} className="flex gap-3"><span className="w-14 shrink-0 text-soft">{one.method}</span><span className="break-all">{one.path}</span></li>)}
          </ul>
        </div>
      )}
    </Dialog>
  );
}

function Names({ title, names }: { title: string; names: string[] }) {
  if (names.length === 0) return null;
  return (
    <div>
      <h3 className="mb-1 font-medium">{title}</h3>
      <p className="flex flex-wrap gap-1.5">{names.map((name) => <Badge key={name}>{name}</Badge>)}</p>
    </div>
  );
}
