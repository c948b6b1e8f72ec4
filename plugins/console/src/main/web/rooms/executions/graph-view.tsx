import '@xyflow/react/dist/base.css';
import { Background, Controls, MarkerType, MiniMap, Position, ReactFlow, useReactFlow, ReactFlowProvider, type Edge, type Viewport } from '@xyflow/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { text } from '@/strings';
import { placed, type Drawing, type Layout, type Place } from './graph-layout';
import { GraphBox, type Shown } from './graph-node';
import type { Task, TaskState } from './history';

export type { Drawing } from './graph-layout';

const TYPES = { shown: GraphBox };
const PADDING = 20;

/** Smaller than this the names of nodes cannot be read: a graph that does not fit at it is shown from where it matters. */
const READABLE = 0.75;
const SMALLEST = 0.08;
const LARGEST = 1.75;
/** From so many nodes on, a map lies below the graph, where it hides nothing of it. */
const MAP_FROM = 24;
const MAP_HEIGHT = 76;
const MAP_PADDING = 6;
/** Where there is less room than this beside each other, a graph goes down. */
const NARROW = 480;
const SMALL = { width: 1, height: 1 };

const COLOURS: Record<TaskState, string> = {
  running: 'var(--color-info)', succeeded: 'var(--color-good)', failed: 'var(--color-bad)', waiting: 'var(--color-warn)', stopped: 'var(--color-edge)',
};

interface Props {
  drawing: Drawing;
  states: Map<string, TaskState>;
  tasks: Task[];
  selected: string | undefined;
  /** Nothing runs any more, however many of the events have come. */
  over: boolean;
  onSelect: (node: string | undefined) => void;
}

/** The state of each node; that of one which contains others is what goes on inside of it. */
function statesOf(states: Map<string, TaskState>): Map<string, TaskState> {
  const strongest: TaskState[] = ['running', 'failed', 'waiting', 'stopped', 'succeeded'];
  const whole = new Map<string, TaskState>();
  for (const [path, state] of states) {
    const name = path.split('/')[0] ?? path;
    const known = whole.get(name);
    if (known === undefined || strongest.indexOf(state) < strongest.indexOf(known)) whole.set(name, state);
  }
  for (const [path, state] of states) if (!path.includes('/')) whole.set(path, state);
  return whole;
}

/** Whole when it can be read like that; else readable, with that place in the middle, or the beginning where one begins to look. */
function beginning({ places, width, height }: Layout, room: { width: number; height: number }, place: Place | undefined, down: boolean): Viewport {
  const fitting = Math.min((room.width - 2 * PADDING) / width, (room.height - 2 * PADDING) / height, 1);
  if (fitting >= READABLE) return { x: (room.width - width * fitting) / 2, y: (room.height - height * fitting) / 2, zoom: fitting };
  const zoom = Math.max(READABLE, Math.min(1, down ? (room.width - 2 * PADDING) / width : (room.height - 2 * PADDING) / height));
  const at = place ?? places.find(({ id }) => id === 'START') ?? places[0];
  if (!at) return { x: 0, y: 0, zoom };
  const middle = { x: room.width / 2 - (at.x + at.width / 2) * zoom, y: room.height / 2 - (at.y + at.height / 2) * zoom };
  if (down) return { x: middle.x, y: Math.min(PADDING, place ? middle.y : PADDING - at.y * zoom), zoom };
  return { x: Math.min(PADDING, place ? middle.x : PADDING - at.x * zoom), y: middle.y, zoom };
}

/** Nodes are made anew only when they change, so that an event draws what it is about and nothing else. */
function useNodes(layout: Layout, states: Map<string, TaskState>, tasks: Task[], selected: string | undefined, down: boolean): Shown[] {
  const known = useRef(new Map<string, Shown>());
  return useMemo(() => {
    const whole = statesOf(states);
    const times = new Map<string, number>();
    for (const { node } of tasks) times.set(node, (times.get(node) ?? 0) + 1);
    const nodes = layout.places.map((place) => {
      const { id, type, end, x, y, width, height } = place;
      const state = end ? undefined : whole.get(id);
      const chosen = selected === id || selected?.startsWith(`${id}/`) === true;
      const often = times.get(id) ?? 0;
      const before = known.current.get(id);
      if (before?.data.state === state && before?.selected === chosen && before.data.times === often && before.position.x === x && before.position.y === y) return before;
      const target = down ? { position: Position.Top, x: width / 2, y: 0 } : { position: Position.Left, x: 0, y: height / 2 };
      const source = down ? { position: Position.Bottom, x: width / 2, y: height } : { position: Position.Right, x: width, y: height / 2 };
      return {
        id, type: 'shown' as const, position: { x, y }, width, height, measured: { width, height }, selectable: !end, focusable: !end, selected: chosen,
        // Told instead of measured, so that edges are drawn to nodes that are out of sight.
        handles: [{ ...SMALL, ...target, type: 'target' as const }, { ...SMALL, ...source, type: 'source' as const }],
        data: { title: id, type, state, end, times: often, down },
        ariaLabel: `${id} ${state ? text.executions.task[state] : text.executions.task.none}`,
      };
    });
    known.current = new Map(nodes.map((node) => [node.id, node]));
    return nodes;
  }, [layout, states, tasks, selected, down]);
}

function useEdges(drawing: Drawing, states: Map<string, TaskState>): Edge[] {
  const running = [...statesOf(states)].filter(([, state]) => state === 'running').map(([id]) => id).join('\n');
  return useMemo(() => {
    const now = new Set(running.split('\n'));
    return drawing.edges.map(({ source, target, condition }, index) => ({
      id: `${index}`, source, target, animated: now.has(target), markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--color-edge)' },
      style: { stroke: 'var(--color-edge)', ...(condition ? { strokeDasharray: '5 4' } : {}) },
    }));
  }, [drawing, running]);
}

/** The graph of an execution, which lights up as it goes. */
export default function GraphView(props: Props) {
  const area = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<Room>();
  useEffect(() => {
    const box = area.current;
    if (!box) return;
    const observer = new ResizeObserver(() => setRoom({ width: box.clientWidth, height: box.clientHeight }));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  return <div ref={area} className="h-full">{room && <ReactFlowProvider><Laid {...props} room={room} /></ReactFlowProvider>}</div>;
}

interface Room {
  width: number;
  height: number;
}

function Laid({ room, ...props }: Props & { room: Room }) {
  const map = room.width >= NARROW && props.drawing.nodes.length > MAP_FROM;
  const height = map ? room.height - MAP_HEIGHT : room.height;
  const left = useMemo(() => ({ width: room.width, height }), [room.width, height]);
  return (
    <>
      {/* Drawn the other way it is another picture, which begins anew. */}
      <div style={{ height }}><Drawn key={room.width < NARROW ? 'down' : 'across'} {...props} room={left} /></div>
      {map && (
        <div className="relative border-t bg-surface" style={{ height: MAP_HEIGHT }}>
          <MiniMap
            pannable zoomable className="m-1.5!" style={{ width: room.width - 2 * MAP_PADDING, height: MAP_HEIGHT - 1 - 2 * MAP_PADDING }} offsetScale={0}
            bgColor="var(--color-surface)" maskColor="color-mix(in srgb, var(--color-canvas) 72%, transparent)"
            nodeColor={(node: Shown) => (node.data.state ? COLOURS[node.data.state] : 'var(--color-edge)')} nodeStrokeWidth={0} nodeBorderRadius={14}
          />
        </div>
      )}
    </>
  );
}

function Drawn({ drawing, states, tasks, selected, over, onSelect, room }: Props & { room: Room }) {
  const down = room.width < NARROW;
  const layout = useMemo(() => placed(drawing, down), [drawing, down]);
  const nodes = useNodes(layout, states, tasks, selected, down);
  const edges = useEdges(drawing, states);
  const placeOf = (id: string | undefined) => layout.places.find((place) => place.id === id?.split('/')[0]);
  const active = over ? undefined : [...states].findLast(([, state]) => state === 'running' || state === 'waiting')?.[0];
  const first = selected ?? active ?? [...states].findLast(([, state]) => state === 'failed')?.[0];
  const [begun] = useState(() => beginning(layout, room, placeOf(first), down));
  useInSight(placeOf(selected ?? active), room);
  useMiddle(room);
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={TYPES}
      defaultViewport={begun}
      onlyRenderVisibleElements
      onNodeClick={(_, node) => node.data.end || onSelect(node.id)}
      onPaneClick={() => onSelect(undefined)}
      onNodesChange={(changes) => {
        for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id);
      }}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      elevateNodesOnSelect={false}
      minZoom={SMALLEST}
      maxZoom={LARGEST}
      proOptions={{ hideAttribution: true }}
      ariaLabelConfig={{
        'controls.ariaLabel': text.executions.graph.controls, 'controls.zoomIn.ariaLabel': text.executions.graph.zoomIn, 'controls.zoomOut.ariaLabel': text.executions.graph.zoomOut,
        'controls.fitView.ariaLabel': text.executions.graph.whole, 'minimap.ariaLabel': text.executions.graph.map,
      }}
    >
      <Background gap={22} color="var(--color-line)" />
      <Controls showInteractive={false} position="bottom-right" fitViewOptions={{ maxZoom: 1, padding: 0.06 }} className="overflow-hidden rounded-lg border bg-surface shadow-card" />
    </ReactFlow>
  );
}

/** What is in the middle stays there when there is more room or less: else a screen that is turned shows nothing. */
function useMiddle({ width, height }: { width: number; height: number }) {
  const flow = useReactFlow();
  const before = useRef({ width, height });
  useEffect(() => {
    const [right, below] = [(width - before.current.width) / 2, (height - before.current.height) / 2];
    before.current = { width, height };
    if (right === 0 && below === 0) return;
    const { x, y, zoom } = flow.getViewport();
    void flow.setViewport({ x: x + right, y: y + below, zoom });
  }, [flow, width, height]);
}

/** What was selected elsewhere, or runs now, comes into sight here; what can be seen already stays where it is. */
function useInSight(place: Place | undefined, room: { width: number; height: number }) {
  const flow = useReactFlow();
  const shown = useRef(place?.id);
  useEffect(() => {
    if (!place || shown.current === place.id) return;
    shown.current = place.id;
    const { x, y, zoom } = flow.getViewport();
    const left = place.x * zoom + x;
    const top = place.y * zoom + y;
    const inside = left >= 0 && top >= 0 && left + place.width * zoom <= room.width && top + place.height * zoom <= room.height;
    if (!inside) void flow.setCenter(place.x + place.width / 2, place.y + place.height / 2, { zoom: Math.max(zoom, READABLE), duration: 250 });
  }, [flow, place, room]);
}
