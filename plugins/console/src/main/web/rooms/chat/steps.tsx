import { Bot, ChevronRight, Cog, Wrench } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import type { Drawing } from '@/rooms/executions/graph-layout';
import { listed, type History, type Task } from '@/rooms/executions/history';
import { Insight, type NodeOf } from '@/rooms/executions/insight';
import { useGraph } from '@/rooms/executions/use-checkpoint';
import { text } from '@/strings';
import { Badge } from '@/ui/badge';
import { duration } from '@/ui/format';
import { legible, plain } from '@/ui/legible';

const words = text.chat;
const TONES = { running: 'info', succeeded: 'good', failed: 'bad', waiting: 'warn', stopped: 'soft' } as const;

/** What was done on the way to an answer, folded; each step shows what it was given and what came of it. */
export function Steps({ execution, history }: { execution: Schemas['Execution']; history: History }) {
  const [open, setOpen] = useState(false);
  const graph = useGraph(execution.graph, useCan('graphs:read') && open);
  if (history.tasks.length === 0) return null;
  const nodes: NodeOf[] = (graph.data?.definition as Drawing | undefined)?.nodes ?? [];
  const running = history.tasks.findLast((task) => task.state === 'running');
  return (
    <div className="mb-2">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="inline-flex items-center gap-1.5 rounded text-xs text-soft hover:text-ink">
        <ChevronRight size={13} aria-hidden className={open ? 'rotate-90 transition-transform' : 'transition-transform'} />
        {words.steps(history.tasks.length)}{running && <> · <span className="font-mono">{running.node}</span></>}
      </button>
      {open && (
        <ul className="mt-1.5 flex flex-col gap-1">
          {listed(history.tasks).map((task) => <Step key={task.sequence} execution={execution.id} history={history} task={task} node={nodes.find((node) => node?.id === task.node)} />)}
        </ul>
      )}
    </div>
  );
}

function iconOf(type: string | undefined): ReactNode {
  if (type === 'tool') return <Wrench size={13} aria-hidden className="shrink-0 text-soft" />;
  if (type === 'llm' || type === 'agent') return <Bot size={13} aria-hidden className="shrink-0 text-soft" />;
  return <Cog size={13} aria-hidden className="shrink-0 text-soft" />;
}

function Step({ execution, history, task, node }: { execution: string; history: History; task: Task; node: NodeOf }) {
  const [open, setOpen] = useState(false);
  const tool = node?.config?.['tool'];
  return (
    <li className="rounded-lg bg-sunken text-xs">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex w-full items-center gap-2 rounded-lg px-2.5 py-1.5 text-left hover:bg-canvas">
        <ChevronRight size={13} aria-hidden className={open ? 'shrink-0 rotate-90' : 'shrink-0'} />
        {iconOf(node?.type)}
        <span className="min-w-0 flex-1 truncate font-mono">{task.node}{typeof tool === 'string' && <span className="text-soft"> · {legible(tool)}</span>}</span>
        <Badge tone={TONES[task.state]}>{text.executions.task[task.state]}</Badge>
        <span className="tabular w-14 text-right text-soft">{task.finishedAt === undefined ? '' : duration(task.finishedAt - task.startedAt)}</span>
      </button>
      {open && (
        <div className="rounded-b-lg border bg-surface p-3">
          {task.failure && <p className="mb-2 break-words text-bad"><strong>{plain(task.failure.message)}</strong> <code className="font-mono">{task.failure.code}</code></p>}
          <Insight execution={execution} history={history} task={task} node={node} />
        </div>
      )}
    </li>
  );
}
