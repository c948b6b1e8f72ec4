import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, X } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useSearchParams } from 'react-router';
import { api, body, once, type Schemas } from '@/api/client';
import { useEventStream } from '@/api/live';
import { Problem } from '@/api/problem';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { operations as words } from '@/strings/store';
import { Badge, LiveBadge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { bytes } from '@/ui/format';
import { legible, plain } from '@/ui/legible';
import { Failure } from '@/ui/states';

type Operation = Schemas['Operation'];

interface Progress {
  state: Operation['state'];
  done: number;
  total: number;
  message: string;
  failure?: Schemas['Failure'];
}

/** The operation that the page follows; its id is in the address, so that it is there after the page is loaded again. */
export function useOperation(): { id: string | null; follow: (operation: Operation) => void; leave: () => void } {
  const [search, setSearch] = useSearchParams();
  const follow = useCallback((operation: Operation) => setSearch((now) => {
    now.set('operation', operation.id);
    return now;
  }, { replace: true }), [setSearch]);
  const leave = useCallback(() => setSearch((now) => {
    now.delete('operation');
    return now;
  }, { replace: true }), [setSearch]);
  return { id: search.get('operation'), follow, leave };
}

interface Shown {
  id: string;
  onLeave: () => void;
  onEnd?: (succeeded: boolean) => void;
}

/** How far a long work is, live: what it does now, and how it ended with the reason. Nothing stays of the one before. */
export function OperationPanel(shown: Shown) {
  return <Panel key={shown.id} {...shown} />;
}

function Panel({ id, onLeave, onEnd }: Shown) {
  const queries = useQueryClient();
  const operation = useQuery({ queryKey: ['operations', id], queryFn: () => body(api.GET('/api/v1/operations/{id}', { params: { path: { id } } })) });
  const [progress, setProgress] = useState<Progress>();
  const mayCancel = useCan('operations:write');
  const liveness = useEventStream(
    `/api/v1/operations/${encodeURIComponent(id)}/events`,
    (event) => {
      const now = JSON.parse(event.data) as Progress;
      setProgress(now);
      if (now.state !== 'RUNNING' && now.state !== 'WAITING') {
        void queries.invalidateQueries();
        onEnd?.(now.state === 'SUCCEEDED');
      }
    },
    (event) => event.type !== 'progress',
  );
  const cancel = useMutation({ mutationFn: () => body(api.POST('/api/v1/operations/{id}/cancel', { params: { path: { id }, header: once() } })) });
  const state = progress?.state ?? operation.data?.state;
  const failure = progress?.failure ?? operation.data?.failure;
  const kind = operation.data ? (words.kinds[operation.data.kind] ?? operation.data.kind) : words.title;
  const outcome = { RUNNING: words.running, WAITING: words.waiting, SUCCEEDED: words.done, FAILED: words.failed, CANCELLED: words.cancelled };
  const tone = { RUNNING: 'info', WAITING: 'warn', SUCCEEDED: 'good', FAILED: 'bad', CANCELLED: 'soft' } as const;
  return (
    <section aria-label={words.title} className="rounded-card border bg-surface p-5 shadow-card">
      <div className="flex flex-wrap items-center gap-3">
        {state === 'SUCCEEDED' && <CircleCheck size={18} aria-hidden className="text-good" />}
        <h2 className="font-semibold">{kind} {legible(operation.data?.subject ?? '')}</h2>
        {state !== undefined && <Badge tone={tone[state]} dot pulse={state === 'RUNNING'}>{outcome[state]}</Badge>}
        {state === 'RUNNING' && <LiveBadge liveness={liveness} />}
        <span className="ml-auto font-mono text-xs text-soft">{id}</span>
        {(state === 'RUNNING' || state === 'WAITING') && mayCancel && <Button look="quiet" busy={cancel.isPending} onClick={() => cancel.mutate()}>{words.cancel}</Button>}
        {state !== 'RUNNING' && <IconButton label={words.hide} onClick={onLeave}><X size={16} aria-hidden /></IconButton>}
      </div>
      {state === 'RUNNING' && <Bar progress={progress} />}
      {state === 'WAITING' && <p className="mt-1 text-soft" aria-live="polite">{plain(progress?.message ?? operation.data?.progress.message ?? '')}</p>}
      {failure !== undefined && (
        <div className="mt-3"><Failure compact thrown={new Problem({ status: 500, code: failure.code, detail: failure.message, action: failure.action })} /></div>
      )}
      {operation.isError && <div className="mt-3"><Failure compact thrown={operation.error} /></div>}
      {cancel.isError && <div className="mt-3"><Failure compact thrown={cancel.error} /></div>}
    </section>
  );
}

function Bar({ progress }: { progress: Progress | undefined }) {
  const total = progress?.total ?? 0;
  const part = total > 0 && progress ? Math.round((progress.done / total) * 100) : undefined;
  return (
    <div className="mt-3">
      <div role="progressbar" aria-label={words.running} aria-valuemin={0} aria-valuemax={100} {...(part === undefined ? {} : { 'aria-valuenow': part })} className="h-1.5 overflow-hidden rounded-full bg-sunken">
        <div className={cx('h-full rounded-full bg-accent', part === undefined && 'w-full animate-pulse')} style={part === undefined ? undefined : { width: `${part}%` }} />
      </div>
      <p className="mt-1 text-soft" aria-live="polite">
        {plain(progress?.message ?? text.common.loading)}
        {progress && part !== undefined && <span className="tabular"> · {words.bytes(bytes(progress.done), bytes(total))}</span>}
      </p>
      <p className="text-xs text-soft">{words.follow}</p>
    </div>
  );
}
