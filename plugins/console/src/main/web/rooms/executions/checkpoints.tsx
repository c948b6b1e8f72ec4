import { useQuery } from '@tanstack/react-query';
import { GitFork } from 'lucide-react';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { Badge, type Tone } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Json } from '@/ui/json';
import { Failure, Loading } from '@/ui/states';
import { Fork } from './actions';
import { differences, type Difference } from './history';

const TONES: Record<Difference['kind'], Tone> = { added: 'good', removed: 'bad', changed: 'info' };
const MOST_DIFFERENCES = 60;

function useCheckpoint(execution: string, number: number | undefined) {
  return useQuery({
    queryKey: ['executions', execution, 'checkpoints', number],
    queryFn: () => body(api.GET('/api/v1/executions/{id}/checkpoints/{number}', { params: { path: { id: execution, number: String(number) } } })),
    enabled: number !== undefined && number >= 0,
    staleTime: Infinity,
  });
}

/** The state at each checkpoint: a slider over them, what changed since the one before, and a fork from any. */
export function Checkpoints({ execution, step, moving }: { execution: string; step: number; moving: boolean }) {
  const [chosen, setChosen] = useState<number>();
  const [forking, setForking] = useState(false);
  const mayFork = useCan('executions:write');
  const list = useQuery({
    queryKey: ['executions', execution, 'checkpoints', 'newest', step],
    queryFn: () => body(api.GET('/api/v1/executions/{id}/checkpoints', { params: { path: { id: execution }, query: { limit: '1' } } })),
  });
  const newest = list.data?.items[0]?.number;
  const number = Math.min(chosen ?? newest ?? 0, newest ?? 0);
  const shown = useCheckpoint(execution, newest === undefined ? undefined : number);
  const before = useCheckpoint(execution, number > 0 && newest !== undefined ? number - 1 : undefined);
  const words = text.executions.checkpoint;
  if (list.isError) return <Failure thrown={list.error} retry={() => void list.refetch()} />;
  if (list.isPending || (newest !== undefined && shown.isPending)) return <Loading />;
  if (newest === undefined) return <p className="p-5 text-soft">{words.none}</p>;
  if (shown.isError) return <Failure thrown={shown.error} />;
  const changes = before.data && shown.data ? differences(before.data.values ?? {}, shown.data.values ?? {}) : [];
  return (
    <div className="flex flex-col gap-4 p-5">
      <div className="flex flex-wrap items-center gap-4">
        <label className="flex flex-1 items-center gap-3">
          <span className="font-medium whitespace-nowrap">{words.at(number, newest)}</span>
          <input
            type="range" min={0} max={newest} value={number} aria-valuetext={words.at(number, newest)}
            onChange={(event) => setChosen(Number(event.target.value) === newest && moving ? undefined : Number(event.target.value))}
            className="min-w-40 flex-1 accent-accent"
          />
        </label>
        <Badge>{shown.data?.source}</Badge>
        {mayFork && <Button icon={<GitFork size={15} aria-hidden />} onClick={() => setForking(true)}>{words.fork}</Button>}
      </div>
      {shown.data && shown.data.next.length > 0 && <p className="text-soft">{words.next} <span className="font-mono text-xs text-ink">{shown.data.next.join(', ')}</span></p>}
      <div className="grid gap-4 lg:grid-cols-2">
        <section className="min-w-0">
          <h2 className="mb-2 font-semibold">{words.changes}</h2>
          {changes.length === 0 && <p className="text-soft">{words.unchanged}</p>}
          <ul className="flex max-h-96 flex-col gap-2 overflow-y-auto">
            {changes.slice(0, MOST_DIFFERENCES).map((change) => (
              <li key={change.pointer} className="rounded-lg border p-2.5">
                <p className="flex items-center gap-2"><Badge tone={TONES[change.kind]}>{words.kinds[change.kind]}</Badge><code className="min-w-0 truncate font-mono text-xs">{change.pointer}</code></p>
                {change.kind !== 'added' && <p className="mt-1.5 line-clamp-3 font-mono text-xs break-words text-soft line-through">{JSON.stringify(change.before)}</p>}
                {change.kind !== 'removed' && <p className="mt-1.5 line-clamp-4 font-mono text-xs break-words">{JSON.stringify(change.after)}</p>}
              </li>
            ))}
          </ul>
        </section>
        <section className="min-w-0">
          <h2 className="mb-2 font-semibold">{words.values}</h2>
          <Json value={shown.data?.values ?? {}} label={words.values} />
        </section>
      </div>
      {forking && <Fork execution={execution} checkpoint={number} onClose={() => setForking(false)} />}
    </div>
  );
}
