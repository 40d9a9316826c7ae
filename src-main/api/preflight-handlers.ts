import { requireCluster } from '../clusters/check-cluster.ts';
import { refuseWorkers } from '../runs/preflight/refuse-workers.ts';
import { runPreflight } from '../runs/preflight/run-preflight.ts';
import { base } from './base.ts';
import { requireConfigPaths } from './config/config-paths.ts';
import { predictPreflight } from './config/predict-preflight.ts';
import { typedStream } from './error-boundary.ts';

const { preflight } = base;

export const preflightHandlers = {
  predict: preflight.predict.handler(({ input, context }) => {
    requireConfigPaths(context.paths, input);
    refuseWorkers(input);
    return predictPreflight(context, input);
  }),
  measure: preflight.measure.handler(async function* ({ input, context: { host, paths }, signal }) {
    requireConfigPaths(paths, input);
    refuseWorkers(input);
    await requireCluster(host.setup.home, input.on);
    // What is idle in memory would be missing in the measurement.
    host.warm.giveWay();
    yield* typedStream(runPreflight(host.setup, { ...input, signal, activeRuns: () => host.activeRuns() }));
  }),
};
