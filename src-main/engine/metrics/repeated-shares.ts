import type { Rollout } from '../records.ts';

const RUN = 3;

/** Share of each response's three-token runs that occurred in it before, [b]; 0 for a response of fewer tokens. */
export function repeatedShares({ responseIds, responseMask }: Pick<Rollout, 'responseIds' | 'responseMask'>): number[] {
  const [rows, width] = responseIds.shape as readonly [number, number];
  return Array.from({ length: rows }, (_, row) => {
    const ids = [...responseIds.data.subarray(row * width, (row + 1) * width)].filter(
      (__, entry) => responseMask.data[row * width + entry],
    );
    const runs = Array.from({ length: Math.max(0, ids.length - RUN + 1) }, (__, start) =>
      ids.slice(start, start + RUN).join(' '),
    );
    return runs.length === 0 ? 0 : 1 - new Set(runs).size / runs.length;
  });
}
