import type { z } from 'zod';
import type { labelChangeSchema, RunLabels } from '#contract/api/runs/run-labels.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { inTransaction } from '../../store/database.ts';
import { readLabels, renameRun, setLabels } from '../../store/queries/run-labels.ts';
import type { HostSetup } from '../host/host-setup.ts';

type Change = Omit<z.infer<typeof labelChangeSchema>, 'run'>;

/** Names and labels a run; what the change does not name stays. Repeated tags are stored once. */
export function labelRun(
  { store, signals }: Pick<HostSetup, 'store' | 'signals'>,
  run: Run,
  change: Change,
): RunLabels {
  const before = readLabels(store.write, run.number);
  const { tags = before.tags, group = before.group, notes = before.notes, name } = change;
  const labels = { tags: [...new Set(tags)], group, notes };
  inTransaction(store.write, () => {
    setLabels(store.write, run.number, labels);
    if (name !== undefined) renameRun(store.write, run.number, name);
  });
  signals.change(run.id);
  return labels;
}
