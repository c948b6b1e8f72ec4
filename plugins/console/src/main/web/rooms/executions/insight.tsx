import { useQuery } from '@tanstack/react-query';
import { ChevronRight, CircleX, Wrench } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { api, body } from '@/api/client';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { Badge } from '@/ui/badge';
import { Json } from '@/ui/json';
import { json, legible, plain } from '@/ui/legible';
import { Failure } from '@/ui/states';
import { broughtTo } from './differences';
import { saidBy, summaryOf, type History, type Task } from './history';
import { askedFirst, callsOf, type AskedFirst, type ToolCall } from './tool-calls';
import { useCheckpoint } from './use-checkpoint';
import { Values } from './values';

const words = text.executions.insight;

export type NodeOf = { id: string; type: string; config?: Record<string, unknown> } | undefined;

/** What a task saw, what it called, what it said and what it wrote: asked for when somebody looks. */
export function Insight({ execution, history, task, node }: { execution: string; history: History; task: Task; node: NodeOf }) {
  const over = task.state === 'succeeded';
  // A task sees the checkpoint of its step, and what it wrote stands in the one behind it.
  const before = useCheckpoint(execution, task.step);
  const kept = history.events.some((event) => event.type === 'checkpoint' && event.step === task.step + 1);
  const after = useCheckpoint(execution, over && kept ? task.step + 1 : undefined);
  const saw = before.data?.values ?? {};
  const channels = channelsOf(history, task);
  const values = after.data?.values;
  const wrote = Object.fromEntries(channels.flatMap((name) => (values && Object.hasOwn(values, name) ? [[name, broughtTo(saw[name], values[name])]] : [])));
  const used = useUsed(node?.type === 'tool' ? askedFirst(history, task) : undefined);
  const calls = node?.type === 'tool' && before.data ? callsOf(node.config ?? {}, saw, values, used) : [];
  const logs = saidBy(history, task);
  const inside = task.node.includes('/');
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {calls.map((call) => <ToolCard key={call.key} call={call} open={calls.length === 1} />)}
      {logs.length > 0 && (
        <Fold title={words.logs} count={logs.length} open={task.state === 'failed'}>
          <ol className="max-h-56 overflow-y-auto rounded-lg bg-sunken p-2.5 font-mono text-xs" tabIndex={0} aria-label={words.logs}>
            {logs.map((event) => <li key={event.sequence} className="break-words whitespace-pre-wrap">{linesOf(event)}</li>)}
          </ol>
        </Fold>
      )}
      {Object.keys(wrote).length > 0 && calls.length === 0 && <Fold title={words.wrote} count={channels.length} open><Values values={wrote} /></Fold>}
      {!inside && before.data && <Fold title={words.saw} count={Object.keys(saw).length} open={task.state === 'failed'}><Values values={saw} /></Fold>}
      {before.isError && !inside && <Failure compact thrown={before.error} />}
    </div>
  );
}

/** The arguments that people agreed to, who may have edited them; what was asked for whoever may not see approvals. */
function useUsed(asked: AskedFirst | undefined): Record<string, unknown> | undefined {
  const may = useCan('approvals:read');
  const id = asked?.approval ?? '';
  const approval = useQuery({
    queryKey: ['approvals', id],
    queryFn: () => body(api.GET('/api/v1/approvals/{id}', { params: { path: { id } } })),
    enabled: may && id !== '',
    retry: false,
  });
  return approval.data?.arguments ?? asked?.arguments;
}

/** The channels that a task wrote to, as the event says that ended it. */
function channelsOf(history: History, task: Task): string[] {
  const named = history.events.find((event) => event.sequence === task.until)?.data['channels'];
  return Array.isArray(named) ? named.filter((name) => typeof name === 'string') : [];
}

function linesOf(event: { data: Record<string, unknown>; type: string; sequence: number }): string {
  const inner = event.data['data'];
  const lines = typeof inner === 'object' && inner !== null && 'lines' in inner ? inner.lines : undefined;
  return Array.isArray(lines) ? lines.map((line) => (typeof line === 'string' ? plain(line) : json(line))).join('\n') : summaryOf(event);
}

/** A call of a tool, with what it was given and what it answered; all of it is text. */
export function ToolCard({ call, open = false }: { call: ToolCall; open?: boolean }) {
  return (
    <details open={open} className="group rounded-lg border">
      <summary className="flex items-center gap-2 rounded-lg px-3 py-2 hover:bg-sunken">
        <ChevronRight size={14} aria-hidden className="shrink-0 transition-transform group-open:rotate-90" />
        {call.failed ? <CircleX size={14} aria-hidden className="shrink-0 text-bad" /> : <Wrench size={14} aria-hidden className="shrink-0 text-soft" />}
        <code className="min-w-0 flex-1 truncate font-mono text-xs font-medium" title={legible(call.tool, 1_000)}>{legible(call.tool)}</code>
        {call.failed && <Badge tone="bad">{text.executions.task.failed}</Badge>}
      </summary>
      <div className="flex flex-col gap-2.5 border-t p-3">
        <section className="min-w-0"><h4 className="mb-1 text-xs font-medium text-soft">{words.arguments}</h4><Json value={call.arguments ?? {}} label={`${legible(call.tool)} ${words.arguments}`} className="max-h-60" /></section>
        <section className="min-w-0">
          <h4 className="mb-1 text-xs font-medium text-soft">{words.result}</h4>
          {call.result === undefined ? <p className="text-xs text-soft">{words.noResult}</p> : <Json value={call.result} label={`${legible(call.tool)} ${words.result}`} className="max-h-60" />}
        </section>
      </div>
    </details>
  );
}

/** Something that is there and shown when it is asked for; until then it is not made. */
export function Fold({ title, count, open = false, children }: { title: string; count?: number; open?: boolean; children: ReactNode }) {
  const [shown, setShown] = useState(open);
  return (
    <details open={shown} onToggle={(event) => setShown(event.currentTarget.open)} className="group min-w-0">
      <summary className="flex items-center gap-1.5 rounded-md py-1 font-medium hover:text-accent-ink">
        <ChevronRight size={14} aria-hidden className="shrink-0 text-soft transition-transform group-open:rotate-90" />
        {title}{count !== undefined && <span className="tabular text-xs font-normal text-soft">{count}</span>}
      </summary>
      {shown && <div className="min-w-0 pt-1">{children}</div>}
    </details>
  );
}
