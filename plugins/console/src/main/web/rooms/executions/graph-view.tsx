import '@xyflow/react/dist/base.css';
import { graphlib, layout } from '@dagrejs/dagre';
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react';
import { CircleCheck, CircleDashed, CircleX, Hourglass, LoaderCircle, OctagonMinus } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import { text } from '@/strings';
import { cx } from '@/ui/cx';
import type { TaskState } from './history';

interface GraphNode {
  id: string;
  type: string;
}

interface GraphEdge {
  source: string;
  target: string;
  condition?: string;
}

/** A graph's definition, as far as it is drawn. */
export interface Drawing {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

const WIDTH = 164;
const HEIGHT = 58;

const LOOKS: Record<TaskState, string> = {
  running: 'border-info bg-info-wash text-info',
  succeeded: 'border-good bg-good-wash text-good',
  failed: 'border-bad bg-bad-wash text-bad',
  waiting: 'border-warn bg-warn-wash text-warn',
  stopped: 'border-edge bg-sunken text-soft',
};

const ICONS: Record<TaskState, ReactNode> = {
  running: <LoaderCircle size={17} className="animate-spin" aria-hidden />,
  succeeded: <CircleCheck size={17} aria-hidden />,
  failed: <CircleX size={17} aria-hidden />,
  waiting: <Hourglass size={17} aria-hidden />,
  stopped: <OctagonMinus size={17} aria-hidden />,
};

type Shown = Node<{ title: string; type: string; state: TaskState | undefined; end: boolean }, 'shown'>;

function GraphBox({ data, selected }: NodeProps<Shown>) {
  const { title, type, state, end } = data;
  const handles = (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} className="opacity-0" />
      <Handle type="source" position={Position.Right} isConnectable={false} className="opacity-0" />
    </>
  );
  if (end) {
    return <div className="grid h-9 w-20 place-items-center rounded-full border bg-sunken text-xs font-medium text-soft">{handles}{title}</div>;
  }
  return (
    <div
      className={cx(
        'flex items-center gap-2.5 rounded-xl border-2 px-3.5 shadow-card transition-colors',
        state ? LOOKS[state] : 'border-line bg-raised text-soft',
        selected && 'ring-2 ring-accent-ink ring-offset-2 ring-offset-canvas',
      )}
      style={{ width: WIDTH, height: HEIGHT }}
    >
      {handles}
      {state ? ICONS[state] : <CircleDashed size={17} aria-hidden />}
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-ink">{title}</span>
        <span className="block truncate text-xs">{type}{state && <> · {text.executions.task[state]}</>}</span>
      </span>
    </div>
  );
}

const TYPES = { shown: GraphBox };

/** Where everything is: from left to right, in layers. */
function placed({ nodes, edges }: Drawing): { nodes: Shown[]; edges: Edge[] } {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 34, marginx: 4, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const ends = ['START', 'END'].filter((end) => edges.some((edge) => edge.source === end || edge.target === end));
  const all = [...nodes, ...ends.map((id) => ({ id, type: '' }))];
  const size = (id: string) => (ends.includes(id) ? { width: 80, height: 36 } : { width: WIDTH, height: HEIGHT });
  all.forEach(({ id }) => graph.setNode(id, size(id)));
  edges.forEach(({ source, target }) => graph.setEdge(source, target));
  layout(graph);
  return {
    nodes: all.map(({ id, type }) => {
      const at = graph.node(id) as { x: number; y: number };
      const { width, height } = size(id);
      return {
        id, type: 'shown', position: { x: at.x - width / 2, y: at.y - height / 2 }, width, height,
        selectable: !ends.includes(id),
        data: { title: id, type, state: undefined, end: ends.includes(id) },
      };
    }),
    edges: edges.map(({ source, target, condition }, index) => ({
      id: `${index}`, source, target, markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--color-edge)' },
      style: { stroke: 'var(--color-edge)', ...(condition ? { strokeDasharray: '5 4' } : {}) },
    })),
  };
}

/** The state of a node that contains others is that of what goes on inside of it. */
function stateOf(id: string, states: Map<string, TaskState>): TaskState | undefined {
  const own = states.get(id);
  const inside = [...states].filter(([path]) => path.startsWith(`${id}/`)).map(([, state]) => state);
  return own ?? (['running', 'failed', 'waiting', 'stopped', 'succeeded'] as const).find((state) => inside.includes(state));
}

/** The graph of an execution, which lights up as it goes. */
export default function GraphView({ drawing, states, selected, onSelect }: {
  drawing: Drawing; states: Map<string, TaskState>; selected: string | undefined; onSelect: (node: string | undefined) => void;
}) {
  const base = useMemo(() => placed(drawing), [drawing]);
  const nodes = base.nodes.map((node) => {
    const state = stateOf(node.id, states);
    return {
      ...node, selected: selected === node.id || selected?.startsWith(`${node.id}/`) === true, data: { ...node.data, state },
      ariaLabel: `${node.data.title} ${state ? text.executions.task[state] : text.executions.task.none}`,
    };
  });
  const edges = base.edges.map((edge) => ({ ...edge, animated: stateOf(edge.target, states) === 'running' }));
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={TYPES}
      onNodeClick={(_, node) => node.data.end || onSelect(node.id)}
      onPaneClick={() => onSelect(undefined)}
      onSelectionChange={() => undefined}
      onNodesChange={(changes) => {
        for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id);
      }}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      fitView
      fitViewOptions={{ maxZoom: 1, padding: 0.06 }}
      minZoom={0.15}
      maxZoom={1.6}
      proOptions={{ hideAttribution: true }}
      ariaLabelConfig={{ 'controls.ariaLabel': text.executions.graphControls }}
    >
      <Background gap={22} color="var(--color-line)" />
      <Controls showInteractive={false} position="bottom-right" />
    </ReactFlow>
  );
}
