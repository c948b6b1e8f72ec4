import { X } from 'lucide-react';
import { text } from '@/strings';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { dateAndTime, duration } from '@/ui/format';
import { Json } from '@/ui/json';
import { Card, Facts } from '@/ui/page';
import type { History, Task, TaskState } from './history';
import type { Selection } from './selection';

const TONES = { running: 'info', succeeded: 'good', failed: 'bad', waiting: 'warn', stopped: 'soft' } as const;
const words = text.executions;

function taskOf({ history, selection }: { history: History; selection: Selection }): Task | undefined {
  const exact = history.tasks.find((task) => task.sequence === selection.event);
  return exact ?? history.tasks.findLast((task) => task.node === selection.node || task.node.startsWith(`${selection.node ?? ' '}/`));
}

/** What is selected, whole: the task with its failure, the event with its data. */
export function Details({ history, selection }: { history: History; selection: Selection }) {
  const task = taskOf({ history, selection });
  const event = history.events.find((found) => found.sequence === selection.event);
  if (selection.node === undefined && !event) {
    return <Card title={words.details.title}><p className="text-soft">{words.details.nothing}</p></Card>;
  }
  const message = selection.node === undefined ? undefined : history.messages.get(selection.node);
  return (
    <Card
      title={<span className="font-mono text-xs">{event && !event.node ? event.type : selection.node}</span>}
      actions={<IconButton label={text.common.close} className="-my-2 -mr-2" onClick={() => selection.selectNode(undefined)}><X size={16} aria-hidden /></IconButton>}
    >
      <div className="flex flex-col gap-4">
        {task && (
          <Facts
            items={[
              [words.details.state, <Badge key="b" tone={TONES[task.state satisfies TaskState]} dot>{words.task[task.state]}</Badge>],
              [words.details.step, task.step],
              [words.details.begun, dateAndTime(task.startedAt)],
              ...(task.finishedAt === undefined ? [] : [[words.details.took, duration(task.finishedAt - task.startedAt)] as [string, string]]),
            ]}
          />
        )}
        {!task && !event && <p className="text-soft">{words.task.none}</p>}
        {task?.failure && (
          <div role="alert" className="rounded-lg bg-bad-wash p-3 break-words">
            <p className="font-medium">{task.failure.message}</p>
            <p>{task.failure.action}</p>
            <p className="mt-1 font-mono text-xs">{task.failure.code}</p>
          </div>
        )}
        {message && <section><h3 className="mb-1.5 font-medium">{words.details.text}</h3><p className="max-h-56 overflow-y-auto rounded-lg bg-sunken p-3 whitespace-pre-wrap" tabIndex={0}>{message}</p></section>}
        {event && <section className="min-w-0"><h3 className="mb-1.5 font-medium">{words.details.event(event.sequence, event.type)}</h3><Json value={event.data} label={event.type} /></section>}
      </div>
    </Card>
  );
}
