import { dirname } from 'node:path';
import type { z } from 'zod';
import type { JobMessage, jobInputSchema } from '#contract/api/jobs.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { KeelError } from '#contract/errors.ts';
import type { JobRequest } from '#engine/protocol.ts';
import { ownPlace, requireAdapter, sharedPlace } from '../library/known-models.ts';
import { isListedModel, placeReference } from '../library/list-models.ts';
import type { PlacedModel } from '../library/placed-model.ts';
import { readTaskFile } from '../library/read-task-file.ts';
import type { EngineRequest } from '../runs/host/host-setup.ts';
import { runShortJob, type ShortJob } from '../runs/host/run-jobs.ts';
import { type ApiContext, base } from './base.ts';
import { typedStream } from './error-boundary.ts';
import { planExport, recordExport } from './exports/export-job.ts';

interface Placed {
  readonly folder: string;
  /** Folder of an adapter's base. */
  readonly base?: string | null;
}

/** The messages of a short job. */
export function stream(
  { host, paths }: ApiContext,
  { folder, base = null }: Placed,
  job: JobRequest,
  signal?: AbortSignal,
  engine: EngineRequest = {},
  { computes = true, seat }: Pick<ShortJob, 'computes' | 'seat'> = {},
): AsyncGenerator<JobMessage, void> {
  if (computes && !seat) host.warm.giveWay();
  const adapterBase = base === null ? null : paths.read(folder, base);
  const request = {
    job,
    folder: paths.read(folder, '.'),
    engine: { ...engine, adapterBase },
    computes,
    ...(seat && { seat }),
  };
  return typedStream(runShortJob(host.setup, request, signal));
}

/** Resolves a model reference to its folders: one of the caller's, or one that a run has produced. */
function placedModel(context: ApiContext, named: Placed & { readonly model: string }): PlacedModel {
  const placed = findModel(context, named);
  requireAdapter(named.base ?? null, [placed.folder]);
  return placed;
}

function findModel({ host, paths }: ApiContext, { folder, model }: Placed & { readonly model: string }): PlacedModel {
  const { read } = host.setup.store;
  // A listed model may be used wherever it is stored: it was allowed when it was added, or it ships with Keel.
  if (isListedModel(read, model)) return { folder: model, checkpoint: null };
  return placeReference(read, model) ?? { folder: paths.read(folder, model), checkpoint: null };
}

/** The folder of a model; for a checkpoint, the folder from which its run started. */
export function modelFolder(context: ApiContext, named: Placed & { readonly model: string }): string {
  return placedModel(context, named).folder;
}

/**
 * The folder that holds all of a model. Throws `checkpoint_not_saved` for a checkpoint, which has weights but neither
 * config nor tokenizer.
 */
export function wholeModel(context: ApiContext, named: Placed & { readonly model: string }): string {
  const { folder, checkpoint } = placedModel(context, named);
  if (checkpoint === null) return folder;
  throw new KeelError({
    code: 'checkpoint_not_saved',
    why: `${named.model} is a checkpoint, not a model folder.`,
    fix: 'Export it first: keel export RUN --checkpoint STEP --out FOLDER.',
  });
}

type JobInput = z.infer<typeof jobInputSchema>;

function jobInput({ paths }: ApiContext, { folder, input }: Placed & { readonly input: JobInput }): JobInput {
  return 'file' in input ? { file: paths.read(folder, input.file) } : input;
}

/** The options with every file replaced by an absolute path that the caller may read. */
export function placedOptions(context: ApiContext, folder: string, options: Detail): Detail {
  const { model, corpus, check } = options;
  const read = (file: unknown) => (typeof file === 'string' ? context.paths.read(folder, file) : file);
  return {
    ...options,
    ...(typeof model === 'string' && { model: modelFolder(context, { folder, model }) }),
    ...(corpus !== undefined && { corpus: [corpus].flat().map(read) }),
    ...(check !== undefined && { check: read(check) }),
  };
}

/** The size of a benchmark's work: each layer of a policy has 12 matrices of its width, plus two embeddings. */
function benchWork({ rollouts, hidden, layers, vocab }: Detail) {
  const [width, depth, words] = [hidden, layers, vocab].map(Number) as [number, number, number];
  return { rollouts: Number(rollouts), weightBytes: 4 * (12 * depth * width ** 2 + 2 * words * width) };
}

type ScoringInput = Parameters<typeof modelFolder>[1] &
  Parameters<typeof jobInput>[1] & { readonly specialTokens: 'text' | 'parse' };

/** Scores rows in the engine that has the model, if one is idle. */
function scoring(kind: 'score' | 'reward', context: ApiContext, input: ScoringInput, signal?: AbortSignal) {
  const { specialTokens } = input;
  const model = modelFolder(context, input);
  const seat = seatOf(context, { ...input, conversation: null }, { folder: model, checkpoint: null });
  const job = { kind, model, input: jobInput(context, input), specialTokens, keeps: seat !== undefined };
  return stream(context, input, job, signal, {}, seat && { seat });
}

/** The engine of a conversation for a model; outside of conversations, the engine that has the model and is idle. */
function seatOf(
  { host, paths }: ApiContext,
  { folder, base, conversation }: Placed & { readonly conversation: string | null },
  placed: PlacedModel,
): ShortJob['seat'] {
  const given = base ? paths.read(folder, base) : null;
  const { read } = host.setup.store;
  const place = (conversation === null ? ownPlace : sharedPlace)(read, placed, given);
  if (place === null) return undefined;
  if (conversation === null) return (spawn) => host.warm.seatAlone(place, spawn);
  return (spawn) => host.warm.seat(conversation, place, spawn);
}

const { jobs } = base;

export const jobHandlers = {
  score: jobs.score.handler(async function* ({ input, context, signal }) {
    yield* scoring('score', context, input, signal);
  }),
  reward: jobs.reward.handler(async function* ({ input, context, signal }) {
    yield* scoring('reward', context, input, signal);
  }),
  generate: jobs.generate.handler(async function* ({ input, context, signal }) {
    const { folder: _, base: __, conversation, ...request } = input;
    const { folder: model, checkpoint } = placedModel(context, input);
    const seat = seatOf(context, input, { folder: model, checkpoint });
    const kept = { keeps: seat !== undefined, besideBase: conversation !== null };
    const placed = { ...request, model, checkpoint, input: jobInput(context, input), ...kept };
    yield* stream(context, input, { kind: 'generate', ...placed }, signal, {}, seat && { seat });
  }),
  evaluate: jobs.evaluate.handler(async function* ({ input, context, signal }) {
    const { paths } = context;
    const path = paths.read(input.folder, input.task);
    const { task, dataFile } = readTaskFile(path);
    const data = paths.read(dirname(path), dataFile);
    const job = { kind: 'evaluate' as const, model: wholeModel(context, input), task, data, limit: input.limit };
    yield* stream(context, input, job, signal);
  }),
  release: jobs.release.handler(({ input, context: { host } }) => {
    host.warm.release(input.conversation);
    return null;
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
    const products = typeof options.computeDtype === 'string' && { compute_dtype: options.computeDtype };
    const engine = { ...options, ...products, online: benchWork(options), adapted: options.lora !== undefined };
    yield* stream(context, input, { kind: 'bench', options }, signal, engine);
  }),
};
