import { useEffect, useState } from 'react';
import { text } from '@/strings';
import { cx } from '@/ui/cx';
import { duration } from '@/ui/format';
import { Empty } from '@/ui/states';
import type { History, Task, TaskState } from './history';
import type { Selection } from './selection';

const BARS: Record<TaskState, string> = {
  running: 'bg-info animate-pulse', succeeded: 'bg-good', failed: 'bg-bad', waiting: 'bg-warn', stopped: 'bg-edge',
};

const MOST_BARS = 400;

/** The time until now, moving while something runs. */
function useNow(moving: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [moving]);
  return now;
}

/** Each task as a bar in time. A short one keeps a width that can be seen beside one that took hours. */
export function Timeline({ history, selection }: { history: History; selection: Selection }) {
  const now = useNow(!history.ended && history.tasks.some((task) => task.state === 'running'));
  if (history.tasks.length === 0) return <Empty title={text.executions.noTasks} />;
  const start = Math.min(...history.tasks.map((task) => task.startedAt));
  const end = (task: Task) => task.finishedAt ?? Math.max(now, task.startedAt);
  const span = Math.max(1, Math.max(...history.tasks.map(end)) - start);
  const shown = history.tasks.slice(-MOST_BARS);
  return (
    <ol className="flex max-h-[26rem] flex-col gap-0.5 overflow-y-auto p-3">
      {shown.map((task) => (
        <li key={task.sequence}>
          <button
            type="button"
            aria-pressed={selection.event === task.sequence}
            onClick={() => selection.selectEvent(task.sequence, task.node)}
            className={cx(
              'grid w-full grid-cols-[minmax(7rem,13rem)_1fr_5rem] items-center gap-3 rounded-lg px-2 py-1 text-left hover:bg-sunken',
              (selection.event === task.sequence || (selection.event === undefined && selection.node === task.node)) && 'bg-accent-wash hover:bg-accent-wash',
            )}
          >
            <span className="truncate font-mono text-xs">{task.node}<span className="sr-only"> {text.executions.task[task.state]}</span></span>
            <span aria-hidden className="relative h-3.5 rounded bg-sunken">
              <span
                className={cx('absolute inset-y-0 min-w-1 rounded', BARS[task.state])}
                style={{ left: `${((task.startedAt - start) / span) * 100}%`, width: `${((end(task) - task.startedAt) / span) * 100}%`, maxWidth: `calc(100% - ${((task.startedAt - start) / span) * 100}%)` }}
              />
            </span>
            <span className="tabular text-right text-xs text-soft">{duration(end(task) - task.startedAt)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
