import type { Lineage, LineageNode } from '#contract/api/run-archive.ts';

export const NODE_WIDTH = 168;
export const NODE_HEIGHT = 44;
const COLUMN_GAP = 56;
const ROW_GAP = 14;

export interface PlacedNode {
  readonly node: LineageNode;
  /** Top left corner, in pixels. */
  readonly x: number;
  readonly y: number;
}

export interface LineagePicture {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly { readonly from: PlacedNode; readonly to: PlacedNode; readonly role: string }[];
  readonly width: number;
  readonly height: number;
}

type Columns = ReadonlyMap<string, number>;

/** The column of each node: one to the right of its last dependency. Terminates even on a cycle, which cannot occur. */
function columnsOf({ nodes, edges }: Lineage): Columns {
  const columns = new Map(nodes.map(({ id }) => [id, 0]));
  for (let round = 0; round < nodes.length; round += 1) {
    let hasChanged = false;
    for (const { from, to } of edges) {
      const wanted = (columns.get(from) ?? 0) + 1;
      const own = columns.get(to);
      if (own === undefined || own >= wanted || wanted > nodes.length) continue;
      columns.set(to, wanted);
      hasChanged = true;
    }
    if (!hasChanged) break;
  }
  return columns;
}

/** Places sources directly before their first use rather than all at the left edge. */
function withSourcesNear({ nodes, edges }: Lineage, columns: Columns): Columns {
  const targets = new Set(edges.map(({ to }) => to));
  const near = nodes.map(({ id }) => {
    const uses = edges.filter(({ from }) => from === id).map(({ to }) => columns.get(to) ?? 0);
    const isSource = !targets.has(id) && uses.length > 0;
    return [id, isSource ? Math.max(0, Math.min(...uses) - 1) : (columns.get(id) ?? 0)] as const;
  });
  return new Map(near);
}

/** Nodes of a column, sorted by the mean row of their sources; nodes without sources come last, in given order. */
function ordered({ nodes, edges }: Lineage, columns: Columns, column: number, rows: Columns): readonly LineageNode[] {
  const weight = ({ id }: LineageNode) => {
    const before = edges.flatMap(({ from, to }) => (to === id ? (rows.get(from) ?? []) : []));
    return before.length > 0 ? before.reduce((sum, row) => sum + row, 0) / before.length : 1e9;
  };
  return nodes.filter(({ id }) => columns.get(id) === column).sort((one, other) => weight(one) - weight(other));
}

/** Lays out a lineage in columns from left to right. */
export function layerLineage(lineage: Lineage): LineagePicture {
  const columns = withSourcesNear(lineage, columnsOf(lineage));
  const places = new Map<string, PlacedNode>();
  const rows = new Map<string, number>();
  const count = Math.max(0, ...columns.values()) + 1;
  for (let column = 0; column < count; column += 1) {
    for (const [row, node] of ordered(lineage, columns, column, rows).entries()) {
      rows.set(node.id, row);
      places.set(node.id, { node, x: column * (NODE_WIDTH + COLUMN_GAP), y: row * (NODE_HEIGHT + ROW_GAP) });
    }
  }
  const edges = lineage.edges.flatMap(({ from, to, role }) => {
    const [start, end] = [places.get(from), places.get(to)];
    return start && end ? [{ from: start, to: end, role }] : [];
  });
  const tallest = Math.max(0, ...rows.values()) + 1;
  return {
    nodes: [...places.values()],
    edges,
    width: count * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP,
    height: tallest * (NODE_HEIGHT + ROW_GAP) - ROW_GAP,
  };
}
