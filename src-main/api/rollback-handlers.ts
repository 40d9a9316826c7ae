import { planRollback } from '../runs/archive/plan-rollback.ts';
import { listAbandonedKeys, listBranches, readAbandonedSeries } from '../store/queries/branches.ts';
import { base } from './base.ts';
import { requireRunPaths } from './config/config-paths.ts';

const { runs } = base;

/** Rolling back to a checkpoint, and the steps that were discarded. */
export const rollbackHandlers = {
  planRollback: runs.planRollback.handler(({ input, context: { host } }) =>
    planRollback(host.setup.store.read, host.find(input.run), input.step),
  ),
  rollback: runs.rollback.handler(({ input, context: { host, paths } }) => {
    requireRunPaths(paths, host, input.run);
    return host.rollBack(input.run, input);
  }),
  branches: runs.branches.handler(({ input, context: { host } }) => [
    ...listBranches(host.setup.store.read, host.find(input.run).number),
  ]),
  branchMetrics: runs.branchMetrics.handler(({ input: { run, branch, keys }, context: { host } }) => {
    const { read } = host.setup.store;
    const { number } = host.find(run);
    return (keys ?? listAbandonedKeys(read, number, branch)).flatMap((key) => [
      ...readAbandonedSeries(read, number, branch, key),
    ]);
  }),
};
