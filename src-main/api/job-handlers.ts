import { isAbsolute, resolve } from 'node:path';
import type { JobMessage } from '#contract/api/jobs.ts';
import { REFERENCE } from '#contract/ids.ts';
import type { JobRequest } from '#engine/protocol.ts';
import { locateReferences } from '../runs/references.ts';
import type { RunHost } from '../runs/run-host.ts';
import { runShortJob } from '../runs/run-jobs.ts';
import { base } from './base.ts';
import { typedStream } from './error-boundary.ts';
import { exportJob } from './export-job.ts';

interface Placed {
  readonly folder: string;
}

function stream(
  host: RunHost,
  { folder }: Placed,
  job: JobRequest,
  signal?: AbortSignal,
): AsyncGenerator<JobMessage, void> {
  return typedStream(runShortJob(host.setup, { job, folder }, signal));
}

/** A folder, or what a run has made, as an absolute path. */
function modelFolder(host: RunHost, { folder, model }: Placed & { readonly model: string }): string {
  if (!REFERENCE.test(model)) return isAbsolute(model) ? model : resolve(folder, model);
  return locateReferences(host.setup.store.read, { model }).locations[model] ?? model;
}

const { jobs, datasets, models } = base;

export const jobHandlers = {
  score: jobs.score.handler(async function* ({ input, context: { host }, signal }) {
    yield* stream(host, input, { kind: 'score', model: modelFolder(host, input), input: input.input }, signal);
  }),
  reward: jobs.reward.handler(async function* ({ input, context: { host }, signal }) {
    yield* stream(host, input, { kind: 'reward', model: modelFolder(host, input), input: input.input }, signal);
  }),
  generate: jobs.generate.handler(async function* ({ input, context: { host }, signal }) {
    const { folder: _, ...request } = input;
    yield* stream(host, input, { kind: 'generate', ...request, model: modelFolder(host, input) }, signal);
  }),
  export: jobs.export.handler(async function* ({ input, context: { host }, signal }) {
    yield* stream(host, input, exportJob(host, input), signal);
  }),
  bench: jobs.bench.handler(async function* ({ input, context: { host }, signal }) {
    const { folder, options } = input;
    const job = { kind: 'bench' as const, options };
    yield* typedStream(runShortJob(host.setup, { job, folder, wish: options }, signal));
  }),
};

export const datasetHandlers = {
  check: datasets.check.handler(async function* ({ input, context: { host }, signal }) {
    const { folder, file, options } = input;
    const { model } = options;
    const located = typeof model === 'string' ? { ...options, model: modelFolder(host, { folder, model }) } : options;
    yield* stream(host, input, { kind: 'check', file: resolve(folder, file), options: located }, signal);
  }),
};

export const modelHandlers = {
  init: models.init.handler(async function* ({ input, context: { host }, signal }) {
    const { folder, out, options } = input;
    yield* stream(host, input, { kind: 'model_init', out: resolve(folder, out), options }, signal);
  }),
  inspect: models.inspect.handler(async function* ({ input, context: { host }, signal }) {
    yield* stream(host, input, { kind: 'model_inspect', model: modelFolder(host, input) }, signal);
  }),
};
