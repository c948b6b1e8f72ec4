import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { CircleCheck, CircleDashed, CircleX, Hourglass, LoaderCircle, OctagonMinus } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { cx } from '@/ui/cx';
import type { TaskState } from './history';

const LOOKS: Record<TaskState, string> = {
  running: 'border-info bg-info-wash text-info',
  succeeded: 'border-good bg-good-wash text-good',
  failed: 'border-bad bg-bad-wash text-bad',
  waiting: 'border-warn bg-warn-wash text-warn',
  stopped: 'border-edge bg-sunken text-soft',
};

const ICONS: Record<TaskState, ReactNode> = {
  running: <LoaderCircle size={17} className="shrink-0 animate-spin" aria-hidden />,
  succeeded: <CircleCheck size={17} className="shrink-0" aria-hidden />,
  failed: <CircleX size={17} className="shrink-0" aria-hidden />,
  waiting: <Hourglass size={17} className="shrink-0" aria-hidden />,
  stopped: <OctagonMinus size={17} className="shrink-0" aria-hidden />,
};

export type Shown = Node<{ title: string; type: string; state: TaskState | undefined; end: boolean; times: number; down: boolean }, 'shown'>;

function handles(from: Position, to: Position) {
  return (
    <>
      <Handle type="target" position={from} isConnectable={false} className="opacity-0" />
      <Handle type="source" position={to} isConnectable={false} className="opacity-0" />
    </>
  );
}

const ACROSS = handles(Position.Left, Position.Right);
const DOWN = handles(Position.Top, Position.Bottom);

/** A node of a graph: what it is called, what it does, how it goes, and how often it ran when that is not once. */
export const GraphBox = memo(function GraphBox({ data, selected, width, height }: NodeProps<Shown>) {
  const { title, type, state, end, times, down } = data;
  const ends = down ? DOWN : ACROSS;
  if (end) {
    return <div className="grid place-items-center rounded-full border bg-sunken text-xs font-medium text-soft" style={{ width, height }}>{ends}{title}</div>;
  }
  return (
    <div
      className={cx(
        'flex items-center gap-2.5 rounded-xl border-2 px-3 shadow-card',
        state ? LOOKS[state] : 'border-line bg-raised text-soft',
        selected && 'ring-2 ring-accent-ink ring-offset-2 ring-offset-canvas',
      )}
      style={{ width, height }}
    >
      {ends}
      {state ? ICONS[state] : <CircleDashed size={17} className="shrink-0" aria-hidden />}
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-ink" title={title}>{title}</span>
        <span className="block truncate text-xs">{type}</span>
      </span>
      {times > 1 && <span className="tabular shrink-0 rounded-full bg-surface px-1.5 text-xs font-medium text-soft">×{times}</span>}
    </div>
  );
});
