import { outcomeOf } from '#contract/statistics/run-report.ts';
import { requireCluster } from '../clusters/check-cluster.ts';
import { admitted, checkRequest, checkResume, requireAdmitted } from '../runs/admission/check-admission.ts';
import { demoRequest, readDemo } from '../runs/host/demo.ts';
import { planResume } from '../runs/host/plan-resume.ts';
import { readReport, storedReport } from '../runs/views/read-report.ts';
import { readEvents } from '../store/queries/events.ts';
import { listKeys, readLatest, readSeries } from '../store/queries/metrics.ts';
import { listRuns, listStages } from '../store/queries/runs.ts';
import { listSampleSteps, readSamples, readSamplesAt } from '../store/queries/samples.ts';
import { base } from './base.ts';
import { requireConfigPaths, requireRunPaths } from './config/config-paths.ts';
import { describeRun } from './describe-run.ts';
import { typedStream } from './error-boundary.ts';
import { readSeriesOf } from './read-series.ts';
import { rollbackHandlers } from './rollback-handlers.ts';
import { runArchiveHandlers } from './run-archive-handlers.ts';

const { runs } = base;

export const runHandlers = {
  check: runs.check.handler(async function* ({ input, context: { host, paths }, signal }) {
    requireConfigPaths(paths, input);
    const result = yield* typedStream(checkRequest(host.setup, input, signal));
    yield { kind: 'result' as const, result };
  }),
  request: runs.request.handler(async function* ({ input, context: { host, paths }, signal }) {
    requireConfigPaths(paths, input);
    await requireCluster(host.setup.home, input.on);
    const admission = yield* typedStream(checkRequest(host.setup, input, signal));
    for (const text of admission.notes) yield { kind: 'log' as const, level: 'warning' as const, text };
    requireAdmitted(admission);
    yield { kind: 'result' as const, result: host.start(input) };
  }),
  start: runs.start.handler(async ({ input, context: { host, paths }, signal }) => {
    requireConfigPaths(paths, input);
    await requireCluster(host.setup.home, input.on);
    await admitted(checkRequest(host.setup, input, signal));
    return host.start(input);
  }),
  list: runs.list.handler(({ input, context: { host } }) => {
    const { read } = host.setup.store;
    return listRuns(read, input.limit).map((row) => {
      const run = host.shown(row);
      const report = storedReport(read, run);
      return { ...run, resumesAt: planResume(read, run), outcome: report && outcomeOf(report) };
    });
  }),
  get: runs.get.handler(({ input, context: { host } }) => {
    const detail = describeRun(host.setup.store.read, host.find(input.run));
    return { ...detail, stages: detail.stages.map((stage) => host.shown(stage)) };
  }),
  metrics: runs.metrics.handler(({ input, context: { host } }) => {
    const { read } = host.setup.store;
    const { number } = host.find(input.run);
    return (input.keys ?? listKeys(read, number)).flatMap((key) => [
      ...readSeries(read, number, key, input.fromStep, input.toStep ?? undefined),
    ]);
  }),
  keys: runs.keys.handler(({ input, context: { host } }) => {
    return [...listKeys(host.setup.store.read, host.find(input.run).number)];
  }),
  series: runs.series.handler(({ input, context: { host } }) => {
    return readSeriesOf(host.setup.store.read, host.find(input.run), input);
  }),
  report: runs.report.handler(({ input, context: { host } }) => {
    const { read } = host.setup.store;
    const run = host.find(input.run);
    const all = run.recipe === 'pipeline' ? listStages(read, run.id).map((stage) => host.shown(stage)) : [run];
    return all.flatMap((one) => readReport(read, one) ?? []);
  }),
  latest: runs.latest.handler(({ input, context: { host } }) => {
    return { ...readLatest(host.setup.store.read, host.find(input.run).number) };
  }),
  samples: runs.samples.handler(({ input, context: { host } }) => {
    return [...readSamples(host.setup.store.read, host.find(input.run).number, input.after)];
  }),
  sampleSteps: runs.sampleSteps.handler(({ input, context: { host } }) => {
    return [...listSampleSteps(host.setup.store.read, host.find(input.run).number)];
  }),
  samplesAt: runs.samplesAt.handler(({ input, context: { host } }) => {
    return [...readSamplesAt(host.setup.store.read, host.find(input.run).number, input.step)];
  }),
  events: runs.events.handler(({ input, context: { host } }) => {
    return [...readEvents(host.setup.store.read, host.find(input.run).number, input.after)];
  }),
  watch: runs.watch.handler(async function* ({ input, context: { host }, signal }) {
    const { after, withSamples } = input;
    yield* typedStream(host.watch(input.run, { after, withSamples, signal }));
  }),
  overview: runs.overview.handler(async function* ({ input, context: { host }, signal }) {
    yield* typedStream(host.watchAll({ limit: input.limit, signal }));
  }),
  startDemo: runs.startDemo.handler(async ({ input, context: { host }, signal }) => {
    const request = demoRequest(input.seed);
    await admitted(checkRequest(host.setup, request, signal));
    return host.start(request);
  }),
  demoResult: runs.demoResult.handler(({ input, context: { host } }) => {
    return readDemo(host.setup.store.read, host.find(input.run));
  }),
  resume: runs.resume.handler(async ({ input, context: { host, paths }, signal }) => {
    requireRunPaths(paths, host, input.run);
    const run = host.findResumable(input.run);
    await admitted(checkResume(host.setup, run, signal));
    return host.resume(run.id);
  }),
  queue: runs.queue.handler(({ context: { host } }) => [...host.queue.list()]),
  move: runs.move.handler(({ input, context: { host } }) => [
    ...host.queue.move(host.find(input.run).id, input.before),
  ]),
  stop: runs.stop.handler(({ input, context: { host } }) => host.stop(input.run, { now: input.now })),
  pause: runs.pause.handler(({ input, context: { host } }) => host.command(input.run, { kind: 'pause' })),
  unpause: runs.unpause.handler(({ input, context: { host } }) => host.command(input.run, { kind: 'resume' })),
  checkpoint: runs.checkpoint.handler(({ input, context: { host } }) =>
    host.command(input.run, { kind: 'checkpoint' }),
  ),
  set: runs.set.handler(({ input, context: { host } }) => {
    return host.set(input.run, { path: input.path, value: input.value });
  }),
  ...runArchiveHandlers,
  ...rollbackHandlers,
};
