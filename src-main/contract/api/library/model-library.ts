import { oc } from '@orpc/contract';
import { z } from 'zod';
import { EXPORT_DTYPES } from '../../export-dtypes.ts';
import { networkShapeSchema } from '../../memory/network-shape.ts';
import { STOP_ORIGINS } from '../../model-files.ts';
import { errors, noInput } from '../api-errors.ts';
import { jobStream } from '../jobs.ts';
import { artifactKindSchema, detailSchema, faultSchema, keelErrorSchema } from '../runs/run-records.ts';
import { workStream } from '../work-stream.ts';

const bytes = z.int().nonnegative();

/** Where a model came from. `linked` stays in the user's folder; `copied` and `downloaded` are in the data folder. */
export const modelSourceSchema = z.enum(['starter', 'linked', 'copied', 'downloaded', 'artifact', 'checkpoint']);

/** What an adapter's folder says of it, read without its weights. */
export const adapterFactsSchema = z.object({
  r: z.number().describe('0 if the folder does not say'),
  lora_alpha: z.number(),
  target_modules: z.array(z.string()).describe('`all-linear`, or the ends of layer names'),
  parameters: bytes.describe('parameters in its file: factors, and a head if it has one'),
  bytes: bytes.describe('size of its weight file'),
  base: z.string().nullable().describe('folder of its base; null if that is not on this machine'),
  base_bytes: bytes.describe("size of the base's weight files"),
});
export type AdapterFacts = z.infer<typeof adapterFactsSchema>;

/** A model that can be inspected or prompted. */
export const modelSchema = z.object({
  /** How a request or config refers to it: a folder, `run:<id>/policy@best`, `checkpoint:<id>@<step>`. */
  reference: z.string(),
  source: modelSourceSchema,
  /** Its id in the library, if the user added it. */
  id: z.int().positive().nullable(),
  name: z.string(),
  folder: z.string(),
  /** Original folder, or `owner/name@revision` on the hub. */
  origin: z.string().nullable(),
  run: z.string().nullable(),
  kind: artifactKindSchema,
  /** `best`, `last`, or a step; null outside runs. */
  tag: z.string().nullable(),
  family: z.string().nullable().describe("model_type of its config, or of an adapter's base"),
  bytes: bytes.describe('size of its weight files'),
  adapter: adapterFactsSchema.nullable().describe('null for a model with all weights of its own'),
  hasChatTemplate: z.boolean(),
  at: z.int().nullable().describe('milliseconds since 1970'),
  removedAt: z.int().nullable(),
  exists: z.boolean(),
});
export type Model = z.infer<typeof modelSchema>;

const count = z.int().nonnegative();
const statistic = z.number().nullable();

/** One tensor in a model's files; the statistics are over its finite values. */
export const tensorSchema = z.object({
  name: z.string(),
  shape: z.array(count),
  dtype: z.string(),
  count,
  nan: count,
  infinite: count,
  zeros: count,
  denormal: count,
  minimum: statistic,
  maximum: statistic,
  mean: statistic,
  deviation: statistic,
  fault: z.string().nullable(),
});
export type TensorFacts = z.infer<typeof tensorSchema>;

const failed = z.object({ error: keelErrorSchema });
const namedToken = z.object({ id: z.int(), token: z.string().nullable() });

const stopOrigin = z.enum(STOP_ORIGINS);

export const tokenizerFactsSchema = z.object({
  vocab_size: count,
  fits_embedding: z.boolean(),
  eos: namedToken,
  bos: namedToken.nullable(),
  pad: namedToken.extend({ source: z.string() }),
  stop_tokens: z.array(namedToken.extend({ origins: z.array(stopOrigin) })).describe('the tokens that end a response'),
  ignored_stop_tokens: z
    .array(z.object({ value: z.string(), origin: stopOrigin }))
    .describe('entries of eos_token_id that no token of the model can equal'),
  self_test: z.object({
    proves: z.string().describe('what the test shows, and that it does not show equality with Hugging Face'),
    all_equal: z.boolean(),
    keeps_special_text: z.boolean(),
    round_trips: z.array(z.object({ text: z.string(), decoded: z.string(), tokens: count, equal: z.boolean() })),
  }),
  chat_template: z
    .union([failed, z.object({ text: z.string(), tokens: count, assistant_text: z.string() })])
    .nullable(),
});

/** The result of `models.inspect`. */
export const inspectionSchema = z.object({
  family: z.string(),
  architectures: z.array(z.string()),
  head: z.string(),
  parameters: count,
  shape: z.record(z.string(), z.unknown()),
  dtypes: z.array(z.string()),
  faults: z.array(faultSchema),
  generation_config: z.record(z.string(), z.unknown()).nullable(),
  tokenizer: z.union([failed, tokenizerFactsSchema]),
  tensors: z.array(tensorSchema),
});
export type Inspection = z.infer<typeof inspectionSchema>;

/** The result of `models.shape`: an adapter has the sizes of its base. */
export const modelSizesSchema = z.object({
  family: z.string(),
  context: z.int().positive().describe('longest sequence, in tokens'),
  shape: networkShapeSchema,
  parameters: bytes,
  bytes: bytes.describe('size of the weight files'),
  adapter: adapterFactsSchema.nullable(),
});
export type ModelSizes = z.infer<typeof modelSizesSchema>;

export const hubSchema = z.object({
  endpoint: z.string(),
  hasToken: z.boolean().describe('true if KEEL_HUB_TOKEN is set; needed for gated repositories'),
});
export type Hub = z.infer<typeof hubSchema>;

/** The usable contents of a repository, before anything is downloaded. */
export const repositorySchema = z.object({
  repository: z.string(),
  /** The commit that the revision refers to. */
  commit: z.string(),
  license: z.string().nullable(),
  gated: z.boolean(),
  files: z.array(z.object({ path: z.string(), bytes })),
  bytes,
  /** Number of files that are left out. */
  leftOut: z.int().nonnegative(),
  /** The target folder, and whether it already exists. */
  folder: z.string(),
  isThere: z.boolean(),
  /** Bytes from an earlier, interrupted download. */
  resumable: bytes,
});
export type Repository = z.infer<typeof repositorySchema>;

const procedure = oc.errors(errors);
const folder = z.string().min(1);
/** `base`: folder of the base, for an adapter whose own description of it does not lead to it. */
const model = { folder, model: z.string().min(1), base: z.string().min(1).nullable().default(null) };
const stored = z.object({ model: z.int().positive() });
const repository = z.object({
  repository: z.string().min(1).max(200),
  revision: z.string().min(1).max(100).default('main'),
});

export const modelsContract = {
  init: procedure.input(z.object({ folder, options: detailSchema, out: z.string().min(1) })).output(jobStream),
  inspect: procedure.input(z.object(model)).output(jobStream),
  /** Compares a model with another one; the result is `modelDifferenceSchema`. */
  diff: procedure.input(z.object({ ...model, other: z.string().min(1) })).output(jobStream),
  /** Adds an adapter to its base's weights and writes a folder; the result is `mergeResultSchema`. */
  merge: procedure
    .input(
      z.object({
        ...model,
        out: z.string().min(1),
        dtype: z.enum(EXPORT_DTYPES).default('float32'),
        force: z.boolean().default(false),
      }),
    )
    .output(jobStream),
  /** Sizes of a model, from its config and the headers of its weight files. */
  shape: procedure.input(z.object(model)).output(modelSizesSchema),
  /** Prompts to try a model with: those of its run, or those included with Keel. */
  examples: procedure
    .input(z.object({ model: z.string().min(1), count: z.int().positive().max(20).default(4) }))
    .output(z.array(z.string())),
  list: procedure.input(z.object({ withCheckpoints: z.boolean().default(false) })).output(z.array(modelSchema)),
  /** Checks a whole folder, then adds it: in place, or as a copy. */
  add: procedure
    .input(z.object({ folder, path: z.string().min(1), copy: z.boolean().default(false) }))
    .output(workStream(modelSchema)),
  remove: procedure.input(stored).output(modelSchema),
  restore: procedure.input(stored).output(modelSchema),
  /** Where models are downloaded from; this call does not use the network. */
  hub: procedure.input(noInput).output(hubSchema),
  /** Queries the hub. This and `download` are the only calls that use the network, and only on the user's request. */
  lookup: procedure.input(repository).output(repositorySchema),
  download: procedure.input(repository).output(workStream(modelSchema)),
};
