import { describe, expect, it } from 'vitest';
import { placed, type Drawing } from '../../main/web/rooms/executions/graph-layout';

function line(count: number, more: Drawing['edges'] = []): Drawing {
  const nodes = Array.from({ length: count }, (_, index) => ({ id: `n${index}`, type: 'transform' }));
  const edges = nodes.map((node, index) => ({ source: index === 0 ? 'START' : `n${index - 1}`, target: node.id }));
  return { nodes, edges: [...edges, { source: `n${count - 1}`, target: 'END' }, ...more] };
}

function apart({ places }: ReturnType<typeof placed>): boolean {
  return places.every((one, index) => places.slice(index + 1).every((other) =>
    one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y));
}

describe('the layout of a graph', () => {
  it('goes from left to right, however large, and nothing lies on anything', () => {
    for (const count of [3, 300]) {
      const layout = placed(line(count, [{ source: `n${count - 1}`, target: 'n0' }]));
      const at = new Map(layout.places.map((place) => [place.id, place.x]));
      expect(at.get('START')).toBeLessThan(at.get('n1') ?? 0);
      expect(at.get('n1')).toBeLessThan(at.get('n2') ?? 0);
      expect(apart(layout)).toBe(true);
    }
  });

  it('goes from top to bottom where that is asked for, and a line is no broader than a node', () => {
    for (const count of [3, 300]) {
      const layout = placed(line(count), true);
      const at = new Map(layout.places.map((place) => [place.id, place.y]));
      expect(at.get('START')).toBeLessThan(at.get('n1') ?? 0);
      expect(at.get('n1')).toBeLessThan(at.get('n2') ?? 0);
      expect(layout.width).toBeLessThan(240);
      expect(apart(layout)).toBe(true);
    }
  });

  it('is as broad as the names need, within reason', () => {
    const named = (id: string) => placed({ nodes: [{ id, type: 'transform' }, { id: 'b', type: 'transform' }], edges: [{ source: id, target: 'b' }] }).places;
    expect(named('short').map(({ width }) => width)).toEqual([172, 172]);
    for (const place of named('branch-number-17')) expect(place.width).toBeGreaterThanOrEqual(190);
    for (const place of named('n'.repeat(200))) expect(place.width).toBe(280);
  });

  it('places every node of a large graph with circles and parts that nothing leads to', () => {
    const nodes = Array.from({ length: 500 }, (_, index) => ({ id: `n${index}`, type: 'transform' }));
    const edges = nodes.map(({ id }, index) => ({ source: id, target: `n${index % 50 === 49 ? index - 49 : index + 1}` }));
    const layout = placed({ nodes, edges });
    expect(layout.places).toHaveLength(500);
    expect(apart(layout)).toBe(true);
  });
});
