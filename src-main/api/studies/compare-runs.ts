import type { Comparison } from '#contract/api/runs/studies.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { listCheckpoints } from '../../store/queries/checkpoints.ts';
import { listKeys } from '../../store/queries/metrics.ts';
import { describeCompared, findCompared } from './compared-run.ts';
import { configDifferences } from './config-differences.ts';
import { evaluationPoints } from './evaluation-points.ts';
import { summarizeGroups } from './summarize-groups.ts';

/** Everything about some runs side by side but their series. Throws `run_unknown`, `run_ambiguous`. */
export function compareRuns(host: RunHost, wanted: readonly string[]): Comparison {
  const { read } = host.setup.store;
  const found = wanted.map((each) => findCompared(host, each));
  const all = [...new Map(found.map((each) => [each.run.id, each])).values()];
  const runs = describeCompared(host, all);
  const numbered = runs.map((run, index) => ({ ...run, number: all[index]!.run.number }));
  return {
    runs,
    differences: configDifferences(all.map(({ config }) => config)),
    evaluations: all.map((each) => ({
      points: evaluationPoints(read, each),
      kept: listCheckpoints(read, each.run.number)
        .filter(({ removedBecause }) => removedBecause === null)
        .map(({ step }) => step),
    })),
    summaries: summarizeGroups(read, numbered),
    keys: [...new Set(all.flatMap(({ run }) => listKeys(read, run.number)))].sort(),
  };
}
