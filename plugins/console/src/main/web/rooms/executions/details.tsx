import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { text } from '@/strings';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { dateAndTime, duration } from '@/ui/format';
import { Json } from '@/ui/json';
import { plain } from '@/ui/legible';
import { Card, Facts } from '@/ui/page';
import type { History, TaskState } from './history';
import { Fold, Insight, type NodeOf } from './insight';
import { taskOf, type Selection } from './selection';

const TONES = { running: 'info', succeeded: 'good', failed: 'bad', waiting: 'warn', stopped: 'soft' } as const;
const words = text.executions;

/**
 * What is selected, whole: the task with its failure, what it saw, called, said and wrote, and the event with its data.
 * When an execution has failed and nothing is selected, it is where it failed.
 */
export function Details({ execution, history, selection, nodes }: { execution: string; history: History; selection: Selection; nodes: NodeOf[] }) {
  const nothing = selection.node === undefined && selection.event === undefined;
  const failed = nothing && history.ended ? history.tasks.findLast((task) => task.state === 'failed') : undefined;
  const task = failed ?? taskOf(history, selection);
  const event = history.events.find((found) => found.sequence === selection.event);
  if (!task && !event && selection.node === undefined) {
    return <Card title={words.details.title}><p className="text-soft">{words.details.nothing}</p></Card>;
  }
  const node = nodes.find((found) => found?.id === (task?.node ?? selection.node));
  const message = task && history.messages.get(task.sequence);
  const close = () => selection.selectNode(undefined);
  return (
    <Card
      title={<span className="font-mono text-xs">{task?.node ?? event?.type ?? selection.node}</span>}
      actions={!failed && <IconButton label={text.common.close} className="-my-2 -mr-2" onClick={close}><X size={16} aria-hidden /></IconButton>}
    >
      <div className="flex flex-col gap-3.5">
        {task && (
          <Facts
            items={[
              [words.details.state, <Badge key="b" tone={TONES[task.state satisfies TaskState]} dot>{words.task[task.state]}</Badge>],
              ...(node ? [[words.details.type, <code key="t" className="font-mono text-xs">{node.type}</code>] as [string, ReactNode]] : []),
              [words.details.step, task.step],
              [words.details.begun, dateAndTime(task.startedAt)],
              ...(task.finishedAt === undefined ? [] : [[words.details.took, duration(task.finishedAt - task.startedAt)] as [string, string]]),
            ]}
          />
        )}
        {!task && !event && <p className="text-soft">{words.task.none}</p>}
        {task?.failure && (
          <div role="alert" className="rounded-lg border border-bad/40 bg-bad-wash p-3 break-words">
            <p className="font-medium">{plain(task.failure.message)}</p>
            <p>{plain(task.failure.action)}</p>
            <p className="mt-1 font-mono text-xs">{task.failure.code}</p>
          </div>
        )}
        {message && <Fold title={words.details.text} open><p className="max-h-56 overflow-y-auto rounded-lg bg-sunken p-3 break-words whitespace-pre-wrap" tabIndex={0}>{plain(message)}</p></Fold>}
        {task && <Insight key={task.sequence} execution={execution} history={history} task={task} node={node} />}
        {event && (
          <section className="min-w-0">
            <h3 className="mb-1.5 font-medium">{words.details.event(event.sequence, event.type)}</h3>
            <Json value={event.data} label={event.type} className="max-h-72" />
          </section>
        )}
      </div>
    </Card>
  );
}
