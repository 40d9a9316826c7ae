import { runPreflight } from '../runs/preflight/run-preflight.ts';
import { base } from './base.ts';
import { requireConfigPaths } from './config/config-paths.ts';
import { typedStream } from './error-boundary.ts';

const { preflight } = base;

export const preflightHandlers = {
  measure: preflight.measure.handler(async function* ({ input, context: { host, paths }, signal }) {
    requireConfigPaths(paths, input);
    yield* typedStream(runPreflight(host.setup, { ...input, signal, activeRuns: () => host.activeRuns() }));
  }),
};
