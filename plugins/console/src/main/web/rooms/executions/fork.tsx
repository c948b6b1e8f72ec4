import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import type { Attempt } from '@/api/attempt';
import { api, body } from '@/api/client';
import { isRecord } from '@/api/exact';
import { text } from '@/strings';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { JsonField, parsed } from '@/ui/json-field';
import { differences } from './differences';
import { DifferenceList } from './difference-list';
import { exactJson } from '@/ui/legible';

const words = text.executions.actions;
const MOST_SHOWN = 60;

/** Goes on from a checkpoint as another execution, with other values where they are given; what they change is shown. */
export function Fork({ execution, checkpoint, values, onClose }: { execution: string; checkpoint: number; values: Record<string, unknown>; onClose: () => void }) {
  const [update, setUpdate] = useState('{}');
  const navigate = useNavigate();
  const value = parsed(update)?.value;
  const given = isRecord(value) ? value : undefined;
  // What is as it was is not sent, so that all values can be taken over and a few of them edited.
  const changed = useMemo(() => Object.fromEntries(Object.entries(given ?? {}).filter(([name, one]) => differences(values[name], one).length > 0)), [given, values]);
  const changes = differences(Object.fromEntries(Object.keys(changed).flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]]] : []))), changed);
  const run = async (_: string, attempt: Attempt) => {
    const content = { checkpoint, ...(Object.keys(changed).length > 0 ? { update: changed } : {}) };
    const begun = await attempt(content, (header) => body(api.POST('/api/v1/executions/{id}/fork', { params: { path: { id: execution }, header }, body: content })));
    if (typeof begun === 'object') await navigate(`/executions/${begun.id}`);
  };
  return (
    <Confirm wide danger={false} title={words.fork(checkpoint)} action={words.forkNow} onClose={onClose} disabled={!given} run={run}>
      <p>{words.forkDetail}</p>
      <div>
        <JsonField label={words.forkValues} hint={words.forkValuesHint} rows={10} value={update} onChange={setUpdate} />
        <Button look="quiet" className="mt-1.5 -ml-3" onClick={() => setUpdate(exactJson(values, 2))}>{words.forkTakeOver}</Button>
      </div>
      {changes.length > 0 && <section><h3 className="mb-1.5 font-medium">{words.forkChanges}</h3><DifferenceList whole label={words.forkChanges} changes={changes.slice(0, MOST_SHOWN)} />{changes.length > MOST_SHOWN && <p className="pt-2 text-soft">{text.executions.checkpoint.more(changes.length - MOST_SHOWN)}</p>}</section>}
    </Confirm>
  );
}
