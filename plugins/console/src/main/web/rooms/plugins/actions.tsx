import { useMutation } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { useRef, useState } from 'react';
import type { Attempt } from '@/api/attempt';
import { api, body, once, type Schemas } from '@/api/client';
import { asProblem } from '@/api/problem';
import { because } from '@/api/reason';
import { useCan } from '@/api/session';
import { Consent } from '@/rooms/store/consent';
import { plugins as words } from '@/strings/plugins';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { Failure } from '@/ui/states';

type Operation = Schemas['Operation'];
type Act = keyof typeof words.sure;

/** What can be done with a plugin; each says what it touches before it is done. */
export function Actions({ plugin, follow, followElsewhere }: {
  plugin: Schemas['Plugin']; follow: (operation: Operation) => void; followElsewhere: (operation: Operation) => void;
}) {
  const [asked, setAsked] = useState<Act>();
  const [file, setFile] = useState<File>();
  const [used, setUsed] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const { id } = plugin;
  const enabling = useMutation({
    mutationFn: () => body(api.POST('/api/v1/plugins/{id}/enable', { params: { path: { id }, header: once() } })),
    onSuccess: follow,
  });
  if (!useCan('plugins:write')) return null;
  const stopped = plugin.state === 'STOPPED';
  const over = () => {
    setAsked(undefined);
    setUsed(undefined);
  };
  const noFile = () => {
    setFile(undefined);
    if (input.current) input.current.value = '';
  };
  const act = async (kind: Act, reason: string, attempt: Attempt) => {
    const headers = because(reason);
    const path = { id };
    if (kind === 'uninstall' || kind === 'disable') return leave(kind, headers, attempt);
    if (kind === 'isolate' || kind === 'join') {
      const wanted = { isolated: kind === 'isolate' };
      follow(await body(api.PUT('/api/v1/plugins/{id}/isolation', { params: { path, header: { 'If-Match': plugin.etag } }, headers, body: wanted })));
    } else if (kind === 'restart') follow(await attempt(kind, (header) => body(api.POST('/api/v1/plugins/{id}/restart', { params: { path, header }, headers }))));
    else follow(await attempt(kind, (header) => body(api.POST('/api/v1/plugins/{id}/rollback', { params: { path, header }, headers }))));
  };
  const leave = async (kind: 'uninstall' | 'disable', headers: Record<string, string>, attempt: Attempt) => {
    try {
      const query = used === undefined ? {} : { force: 'true' };
      if (kind === 'disable') follow((await attempt([kind, query], (header) => body(api.POST('/api/v1/plugins/{id}/disable', { params: { path: { id }, header, query }, headers })))) as Operation);
      else followElsewhere((await body(api.DELETE('/api/v1/plugins/{id}', { params: { path: { id }, query }, headers }))) as Operation);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code === 'plugin:IN_USE') setUsed(problem.message);
      throw thrown;
    }
  };
  return (
    <>
      <input ref={input} type="file" accept=".jar,application/java-archive" aria-label={words.file} tabIndex={-1} className="sr-only" onChange={(event) => setFile(event.target.files?.[0])} />
      <Button icon={<FileUp size={16} aria-hidden />} onClick={() => input.current?.click()}>{words.update}</Button>
      {plugin.previous !== undefined && <Button onClick={() => setAsked('rollback')}>{words.rollback(plugin.previous)}</Button>}
      {plugin.isolated
        ? <Button onClick={() => setAsked('join')}>{words.join}</Button>
        : <Button onClick={() => setAsked('isolate')}>{words.isolate}</Button>}
      {stopped
        ? <Button look="primary" busy={enabling.isPending} onClick={() => enabling.mutate()}>{words.enable}</Button>
        : <><Button onClick={() => setAsked('restart')}>{words.restart}</Button><Button onClick={() => setAsked('disable')}>{words.disable}</Button></>}
      <Button look="danger" onClick={() => setAsked('uninstall')}>{words.uninstall}</Button>
      {enabling.isError && <Failure compact thrown={enabling.error} />}
      {asked && (
        <Confirm
          key={asked}
          danger={asked === 'uninstall' || asked === 'disable'}
          title={words.sure[asked].title(id)}
          action={used === undefined ? words.sure[asked].action : words.force[asked === 'disable' ? 'disable' : 'uninstall']}
          typed={asked === 'uninstall' || asked === 'disable' ? id : undefined}
          reason="optional"
          onClose={over}
          run={(reason, attempt) => act(asked, reason, attempt)}
        >
          <p>{words.sure[asked].detail}</p>
          {(asked === 'uninstall' || asked === 'disable') && plugin.extensions.length > 0 && (
            <p className="text-soft">{words.offersThen} {plugin.extensions.map((extension) => `${extension.kind} ${extension.name}`).join(', ')}</p>
          )}
          {used !== undefined && <p className="font-medium text-bad">{words.usedBy}. {used}</p>}
        </Confirm>
      )}
      {file && (
        <Consent
          source={{ from: 'file', file, swap: id }}
          onRefuse={noFile}
          onBegun={(begun) => {
            noFile();
            follow(begun);
          }}
        />
      )}
    </>
  );
}
