import { graphlib, layout } from '@dagrejs/dagre';

/** A graph's definition, as far as it is drawn. */
export interface Drawing {
  nodes: { id: string; type: string; config?: Record<string, unknown> }[];
  edges: { source: string; target: string; condition?: string }[];
}

/** Where a node stands: its upper left corner and its size, in pixels at a zoom of 1. */
export interface Place {
  id: string;
  type: string;
  /** START or END, which is no node of the graph's own. */
  end: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  places: Place[];
  width: number;
  height: number;
}

const NODE = { width: 172, height: 58 };
const MOST_WIDTH = 280;
/** What stands beside a name in a node, and how broad a letter of it is as a rule. */
const BESIDE_NAME = 62;
const LETTER = 8;
const END = { width: 76, height: 36 };
const BETWEEN_LAYERS = 40;
const BETWEEN_NODES = 22;

/** Beyond this many nodes and edges the layout that avoids crossings takes longer than anybody waits. */
const MOST_FOR_DAGRE = 400;

/** How broad nodes are, all the same: as broad as the longest name needs, within reason. */
function breadth(nodes: Drawing['nodes']): number {
  const longest = nodes.reduce((most, { id }) => Math.max(most, id.length), 0);
  return Math.min(MOST_WIDTH, Math.max(NODE.width, BESIDE_NAME + longest * LETTER));
}

/** Where everything is: in layers from left to right, or from top to bottom where there is little room beside each other. */
export function placed({ nodes, edges }: Drawing, down = false): Layout {
  const ends = ['START', 'END'].filter((end) => edges.some((edge) => edge.source === end || edge.target === end));
  const node = { ...NODE, width: breadth(nodes) };
  const all = [...nodes.map(({ id, type }) => ({ id, type, end: false, ...node })), ...ends.map((id) => ({ id, type: '', end: true, ...END }))];
  const at = all.length + edges.length > MOST_FOR_DAGRE ? layered(all, edges, down, node) : crossingFew(all, edges, down);
  const places = all.map((one) => ({ ...one, ...(at.get(one.id) ?? { x: 0, y: 0 }) }));
  return {
    places,
    width: Math.max(0, ...places.map((place) => place.x + place.width)),
    height: Math.max(0, ...places.map((place) => place.y + place.height)),
  };
}

type Sized = Omit<Place, 'x' | 'y'>;
type Corners = Map<string, { x: number; y: number }>;

function crossingFew(all: Sized[], edges: Drawing['edges'], down: boolean): Corners {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: down ? 'TB' : 'LR', nodesep: BETWEEN_NODES, ranksep: BETWEEN_LAYERS, marginx: 4, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  all.forEach(({ id, width, height }) => graph.setNode(id, { width, height }));
  edges.forEach(({ source, target }) => graph.setEdge(source, target));
  layout(graph);
  return new Map(all.map(({ id, width, height }) => {
    const { x, y } = graph.node(id) as { x: number; y: number };
    return [id, { x: x - width / 2, y: y - height / 2 }];
  }));
}

/**
 * Layers by the distance from the nodes that nothing leads to, and in each the order in which the layer before leads
 * there: a pass over the graph, where what goes back to an earlier layer moves nothing.
 */
function layered(all: Sized[], edges: Drawing['edges'], down: boolean, node: typeof NODE): Corners {
  const next = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const { source, target } of edges) {
    if (source === target) continue;
    next.set(source, [...(next.get(source) ?? []), target]);
    open.set(target, (open.get(target) ?? 0) + 1);
  }
  const layers: string[][] = [];
  const seen = new Set<string>();
  let layer = all.filter(({ id }) => !open.has(id)).map(({ id }) => id);
  while (seen.size < all.length) {
    // A circle that nothing leads into is entered where the document begins it.
    if (layer.length === 0) layer = all.filter(({ id }) => !seen.has(id)).slice(0, 1).map(({ id }) => id);
    layer.forEach((id) => seen.add(id));
    layers.push(layer);
    const ready: string[] = [];
    for (const target of layer.flatMap((id) => next.get(id) ?? [])) {
      const left = (open.get(target) ?? 1) - 1;
      open.set(target, left);
      if (left <= 0 && !seen.has(target) && !ready.includes(target)) ready.push(target);
    }
    layer = ready;
  }
  const sizes = new Map(all.map((node) => [node.id, node]));
  const [along, across] = down ? [node.height, node.width] : [node.width, node.height];
  const broadest = Math.max(...layers.map((ids) => ids.length)) * (across + BETWEEN_NODES);
  return new Map(layers.flatMap((ids, layer) => {
    const begin = (broadest - ids.length * (across + BETWEEN_NODES)) / 2;
    return ids.map((id, place): [string, { x: number; y: number }] => {
      const { width, height } = sizes.get(id) ?? node;
      const inLayer = begin + place * (across + BETWEEN_NODES);
      const ofLayer = layer * (along + BETWEEN_LAYERS);
      return [id, {
        x: (down ? inLayer : ofLayer) + (node.width - width) / 2,
        y: (down ? ofLayer : inLayer) + (node.height - height) / 2,
      }];
    });
  }));
}
