import { shallowRef } from 'vue';
import type { Comparison, RunStep, Versus } from '#contract/api/runs/studies.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useRequest } from '../../state/use-request.ts';

/** The points of one metric of one run. */
export interface RunPoints {
  readonly run: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

/** A comparison of runs, with the requested series and the win rates between their responses. */
export function useComparison() {
  const connection = useConnection();
  const comparison = useRequest((client, runs: readonly string[]) => client.studies.compare({ runs: [...runs] }));
  const series = shallowRef<ReadonlyMap<string, readonly RunPoints[]>>(new Map());
  const versus = useRequest((client, ours: RunStep, theirs: RunStep, by: Versus['by']) =>
    client.studies.versus({ ours, theirs, by }),
  );

  async function load(runs: readonly string[]): Promise<Comparison | null> {
    series.value = new Map();
    return comparison.load(runs);
  }

  /** Loads one metric of all runs, unless it is already loaded. */
  async function loadSeries(key: string): Promise<void> {
    const runs = comparison.answer.value?.runs ?? [];
    if (series.value.has(key)) return;
    const client = await connection.api();
    const all = await Promise.all(
      runs.map(async ({ id }) => ({ run: id as string, points: await client.runs.metrics({ run: id, keys: [key] }) })),
    );
    series.value = new Map([...series.value, [key, all]]);
  }

  return {
    comparison: comparison.answer,
    error: comparison.error,
    isLoading: comparison.isLoading,
    load,
    series,
    loadSeries,
    versus,
  };
}
