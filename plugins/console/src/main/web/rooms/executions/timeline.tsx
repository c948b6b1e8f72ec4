import { useEffect, useMemo, useState } from 'react';
import { text } from '@/strings';
import { cx } from '@/ui/cx';
import { duration, ticksOf } from '@/ui/format';
import { Empty } from '@/ui/states';
import { VirtualRows } from '@/ui/virtual-rows';
import { endsIn, listed, type History, type Task, type TaskState } from './history';
import { taskOf, type Selection } from './selection';

const BARS: Record<TaskState, string> = {
  running: 'bg-info animate-pulse', succeeded: 'bg-good', failed: 'bg-bad', waiting: 'bg-warn', stopped: 'bg-edge',
};
const COLUMNS = 'grid grid-cols-[minmax(5.5rem,30%)_1fr_4.5rem] items-center gap-3 sm:grid-cols-[13rem_1fr_4.5rem]';

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
export function Timeline({ history, selection, live }: { history: History; selection: Selection; live: boolean }) {
  const tasks = useMemo(() => listed(history.tasks), [history.tasks]);
  const now = useNow(!history.ended && tasks.some((task) => endsIn(task, history) === undefined));
  const endOf = (task: Task) => endsIn(task, history) ?? Math.max(now, task.startedAt);
  const { start, span } = useMemo(() => {
    const from = tasks.reduce((least, task) => Math.min(least, task.startedAt), Infinity);
    const to = tasks.reduce((most, task) => Math.max(most, endsIn(task, history) ?? Math.max(now, task.startedAt)), 0);
    return { start: from, span: Math.max(1, to - from) };
  }, [tasks, now, history]);
  const chosen = taskOf(history, selection);
  const selected = chosen === undefined ? -1 : tasks.indexOf(chosen);
  if (tasks.length === 0) return <Empty title={text.executions.noTasks} />;
  return (
    <div className="p-3">
      <div aria-hidden className={cx(COLUMNS, 'tabular border-b px-2 pb-1.5 text-xs text-soft')}>
        <span>{text.executions.tasks(tasks.length)}</span>
        <span className="relative h-4">
          {ticksOf(span).map((tick) => <span key={tick} className={cx('absolute border-l pl-1 whitespace-nowrap', tick % 0.5 !== 0 && 'hidden sm:inline')} style={{ left: `${tick * 100}%` }}>{duration(span * tick)}</span>)}
        </span>
        <span className="text-right">{duration(span)}</span>
      </div>
      <VirtualRows
        label={text.executions.tabs.timeline}
        className="mt-1 max-h-[24rem]"
        rowClass={COLUMNS}
        height={30}
        items={tasks}
        keyOf={(task) => task.sequence}
        selected={selected}
        onSelect={(task) => selection.selectEvent(task.sequence, task.node)}
        follow={live}
      >
        {(task) => <Bar task={task} left={(task.startedAt - start) / span} width={(endOf(task) - task.startedAt) / span} took={duration(endOf(task) - task.startedAt)} />}
      </VirtualRows>
    </div>
  );
}

function Bar({ task, left, width, took }: { task: Task; left: number; width: number; took: string }) {
  return (
    <>
      <span className={cx('truncate font-mono text-xs', task.state === 'failed' && 'font-semibold text-bad')}>{task.node}<span className="sr-only"> {text.executions.task[task.state]}</span></span>
      <span aria-hidden className="relative h-3.5 rounded bg-sunken">
        <span
          className={cx('absolute inset-y-0 min-w-1 rounded', BARS[task.state])}
          style={{ left: `min(${left * 100}%, calc(100% - 0.25rem))`, width: `${width * 100}%`, maxWidth: `max(0.25rem, calc(100% - ${left * 100}%))` }}
        />
      </span>
      <span className="tabular text-right text-xs text-soft">{took}</span>
    </>
  );
}
