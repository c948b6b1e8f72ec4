import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { Attempt } from '@/api/attempt';
import { api, body, every, once, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { Confirm } from '@/ui/confirm';
import { SelectField, TextField } from '@/ui/field';
import { dateAndTime } from '@/ui/format';
import { JsonField, parsed } from '@/ui/json-field';
import { useSettled } from '@/ui/settled';
import { Failure, Loading } from '@/ui/states';
import { expressionsOf, othersThan } from './migration';
import { Outcomes } from './outcomes';

type Execution = Schemas['Execution'];

const words = text.executions.migration;

function useVersions({ id }: Execution['graph'], enabled: boolean) {
  return useQuery({
    queryKey: ['graphs', id, 'versions'],
    queryFn: () => every((query) => body(api.GET('/api/v1/graphs/{id}/versions', { params: { path: { id }, query } }))),
    enabled: useCan('graphs:read') && enabled,
  });
}

/** Whether there is another version of the graph to go on in; who may not look names one. */
export function useOtherVersions({ graph }: Pick<Execution, 'graph'>, enabled: boolean): boolean {
  const may = useCan('graphs:read');
  const versions = useVersions(graph, enabled);
  return enabled && (!may || othersThan(graph.version, versions.data?.items ?? []).length > 0);
}

/**
 * Goes on in another version of the graph, as another execution: first the server says what would become of each channel,
 * or what is in the way. Only what it was asked about is begun.
 *
 * @param checkpoint where it goes on; where it stands when undefined, which does nothing again that had succeeded
 */
export function Migrate({ execution: { id, graph }, checkpoint, onClose }: { execution: Execution; checkpoint?: number; onClose: () => void }) {
  const [chosen, setChosen] = useState<string>();
  const [written, setWritten] = useState('{}');
  const navigate = useNavigate();
  const versions = useVersions(graph, true);
  const others = othersThan(graph.version, versions.data?.items ?? []);
  const version = chosen ?? (others[0] ? String(others[0].version) : '');
  const values = expressionsOf(written);
  const content = values && /^[1-9]\d{0,8}$/.test(version)
    ? { version: Number(version), ...(checkpoint === undefined ? {} : { checkpoint }), ...(Object.keys(values).length > 0 ? { values } : {}) }
    : undefined;
  const asked = content === undefined ? '' : JSON.stringify(content);
  const settled = useSettled(asked);
  const tried = useQuery({
    queryKey: ['executions', id, 'migration', settled],
    queryFn: () => planOf(id, JSON.parse(settled) as NonNullable<typeof content>),
    enabled: settled !== '',
    retry: false,
    gcTime: 0,
  });
  const known = settled === asked;
  const run = async (_: string, attempt: Attempt) => {
    if (!content) return;
    const begun = await attempt(content, (header) => body(api.POST('/api/v1/executions/{id}/migration', { params: { path: { id }, header }, body: content })));
    if (typeof begun === 'object' && 'id' in begun) await navigate(`/executions/${begun.id}`);
  };
  return (
    <Confirm wide danger={false} title={checkpoint === undefined ? words.title : words.titleFrom(checkpoint)} action={words.now} onClose={onClose} disabled={!content || !known || !tried.data || tried.isError} run={run}>
      <p>{words.detail(graph.version)} {checkpoint === undefined ? words.left : words.all}</p>
      {versions.isError && <Failure compact thrown={versions.error} />}
      {others.length > 0 ? (
        <SelectField label={words.version} value={version} onChange={(event) => setChosen(event.target.value)}>
          {others.map((one, at) => <option key={one.version} value={one.version}>{words.option(one.version, dateAndTime(one.createdAt), at === 0 && one.version > graph.version)}</option>)}
        </SelectField>
      ) : <TextField label={words.number} inputMode="numeric" autoComplete="off" value={version} onChange={(event) => setChosen(event.target.value.trim())} />}
      <div>
        <JsonField label={words.values} hint={words.valuesHint} rows={4} value={written} onChange={setWritten} />
        {parsed(written) && !values && <p role="alert" className="mt-1.5 text-xs font-medium text-bad">{words.notTexts}</p>}
      </div>
      {asked !== '' && (
        <section aria-live="polite" className="min-w-0">
          <h3 className="mb-1.5 font-medium">{words.outcome}</h3>
          {!known || tried.isPending ? <Loading rows={2} /> : tried.isError ? <Failure compact thrown={tried.error} /> : <Outcomes channels={tried.data.channels} />}
        </section>
      )}
    </Confirm>
  );
}

async function planOf(id: string, content: Schemas['ExecutionMigrate']): Promise<Schemas['Migration']> {
  const answer = await body(api.POST('/api/v1/executions/{id}/migration', { params: { path: { id }, header: once() }, body: { ...content, dryRun: true } }));
  if (typeof answer === 'object' && 'channels' in answer) return answer;
  throw new Error('The server began what it was only asked about');
}
