import type { z } from 'zod';
import type { JobMessage, jobInputSchema } from '#contract/api/jobs.ts';
import type { Detail } from '#contract/api/run-records.ts';
import { REFERENCE } from '#contract/ids.ts';
import type { JobRequest } from '#engine/protocol.ts';
import type { EngineWish } from '../runs/host-setup.ts';
import { locateReferences } from '../runs/references.ts';
import { runShortJob } from '../runs/run-jobs.ts';
import { type ApiContext, base } from './base.ts';
import { typedStream } from './error-boundary.ts';
import { planExport, recordExport, requireReplaceable } from './export-job.ts';

interface Placed {
  readonly folder: string;
}

function stream(
  { host, paths }: ApiContext,
  { folder }: Placed,
  job: JobRequest,
  signal?: AbortSignal,
  wish: EngineWish = {},
): AsyncGenerator<JobMessage, void> {
  return typedStream(runShortJob(host.setup, { job, folder: paths.read(folder, '.'), wish }, signal));
}

/** A folder, or what a run has made, as an absolute path. */
function modelFolder({ host, paths }: ApiContext, { folder, model }: Placed & { readonly model: string }): string {
  if (!REFERENCE.test(model)) return paths.read(folder, model);
  return locateReferences(host.setup.store.read, { model }).locations[model] ?? model;
}

type JobInput = z.infer<typeof jobInputSchema>;

function jobInput({ paths }: ApiContext, { folder, input }: Placed & { readonly input: JobInput }): JobInput {
  return 'file' in input ? { file: paths.read(folder, input.file) } : input;
}

/** Options with every file in them as an absolute path that the caller may read. */
function placedOptions(context: ApiContext, folder: string, options: Detail): Detail {
  const { model, corpus, check } = options;
  const read = (file: unknown) => (typeof file === 'string' ? context.paths.read(folder, file) : file);
  return {
    ...options,
    ...(typeof model === 'string' && { model: modelFolder(context, { folder, model }) }),
    ...(corpus !== undefined && { corpus: [corpus].flat().map(read) }),
    ...(check !== undefined && { check: read(check) }),
  };
}

const { jobs, datasets, models } = base;

export const jobHandlers = {
  score: jobs.score.handler(async function* ({ input, context, signal }) {
    const job = { kind: 'score' as const, model: modelFolder(context, input), input: jobInput(context, input) };
    yield* stream(context, input, job, signal);
  }),
  reward: jobs.reward.handler(async function* ({ input, context, signal }) {
    const job = { kind: 'reward' as const, model: modelFolder(context, input), input: jobInput(context, input) };
    yield* stream(context, input, job, signal);
  }),
  generate: jobs.generate.handler(async function* ({ input, context, signal }) {
    const { folder: _, ...request } = input;
    const placed = { ...request, model: modelFolder(context, input), input: jobInput(context, input) };
    yield* stream(context, input, { kind: 'generate', ...placed }, signal);
  }),
  export: jobs.export.handler(async function* ({ input, context, signal }) {
    const planned = planExport(context, input);
    for await (const message of stream(context, input, planned.job, signal)) {
      if (message.kind === 'result') recordExport(context, planned, message.result);
      yield message;
    }
  }),
  bench: jobs.bench.handler(async function* ({ input, context, signal }) {
    const options = placedOptions(context, input.folder, input.options);
    yield* stream(context, input, { kind: 'bench', options }, signal, options);
  }),
};

export const datasetHandlers = {
  check: datasets.check.handler(async function* ({ input, context, signal }) {
    const { folder, file } = input;
    const options = placedOptions(context, folder, input.options);
    yield* stream(context, input, { kind: 'check', file: context.paths.read(folder, file), options }, signal);
  }),
};

export const modelHandlers = {
  init: models.init.handler(async function* ({ input, context, signal }) {
    const options = placedOptions(context, input.folder, input.options);
    const out = context.paths.write(input.folder, input.out);
    requireReplaceable(context.paths, out, options.force === true);
    yield* stream(context, input, { kind: 'model_init', out, options }, signal);
  }),
  inspect: models.inspect.handler(async function* ({ input, context, signal }) {
    yield* stream(context, input, { kind: 'model_inspect', model: modelFolder(context, input) }, signal);
  }),
};
