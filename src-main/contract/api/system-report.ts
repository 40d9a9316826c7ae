import { z } from 'zod';
import { fittingModelsSchema } from '../memory/what-fits.ts';

const bytes = z.int().nonnegative();

/** Severity of a finding: nothing runs, something runs slowly or not at all, or just worth knowing. */
export const findingLevelSchema = z.enum(['error', 'warning', 'note']);

/** Something that is missing or wrong, and the command that fixes it. */
export const findingSchema = z.object({
  level: findingLevelSchema,
  what: z.string(),
  why: z.string(),
  fix: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

const engineSettings = z.object({ threads: z.int().nonnegative(), onednn: z.boolean(), xla: z.boolean() });

/** The fastest engine settings on this machine, and the measurements behind the choice. */
export const engineTuningSchema = z.object({
  settings: engineSettings,
  tried: z.array(
    z.object({
      settings: engineSettings,
      /** Of one training step and one decoding loop; null if the settings could not be run. */
      seconds: z.object({ train: z.number().positive(), decode: z.number().positive() }).nullable(),
    }),
  ),
  /** Seconds of a layer's products with their gradients; null if they were not measured. */
  products: z
    .object({
      float32: z.number().positive(),
      /** Null if the processor has no fast ones. */
      bfloat16: z.number().positive().nullable(),
      recommended: z.enum(['float32', 'bfloat16']),
    })
    .nullable(),
  /** Milliseconds since 1970. */
  measuredAt: z.int(),
});
export type EngineTuning = z.infer<typeof engineTuningSchema>;

export const engineHealthSchema = z.object({
  /** Folder name of the installed engine, `javascript` for the fallback, null if there is none. */
  variant: z.string().nullable(),
  backend: z.enum(['tensorflow', 'javascript']).nullable(),
  device: z.enum(['cpu', 'gpu']).nullable(),
  binding: z.string().nullable(),
  /** As reported by the loaded library; null if it was not loaded. */
  tensorflowVersion: z.string().nullable(),
  /** Speed of a float32 matrix product on this machine, in 10⁹ floating-point operations per second. */
  gigaflops: z.number().nonnegative().nullable(),
  /** The same for a product of bfloat16 matrices; null if the processor has no fast ones. */
  bfloat16Gigaflops: z.number().nonnegative().nullable(),
  /** Null if nothing was measured: the default settings apply. */
  tuning: engineTuningSchema.nullable(),
  /** Why the engine does not work; null if it does. */
  problem: z.string().nullable(),
});
export type EngineHealth = z.infer<typeof engineHealthSchema>;

/** The output of `keel system --json`. Sizes are in bytes. */
export const systemReportSchema = z.object({
  /** True if there is no finding of level `error`. */
  healthy: z.boolean(),
  platform: z.string(),
  engine: engineHealthSchema,
  node: z.object({ version: z.string(), path: z.string() }),
  processor: z.object({ model: z.string(), count: z.int().positive() }),
  memory: z.object({ total: bytes, available: bytes }),
  /** What the available memory is enough for; predicted, not measured. */
  fits: fittingModelsSchema,
  /** The data folder and the free space on its disk; null if that is unknown. */
  disk: z.object({ folder: z.string(), free: bytes.nullable() }),
  /** Paths in the data folder that other users of the machine can access; none on Windows. */
  exposed: z.array(z.string()),
  sqlite: z.object({ version: z.string().nullable(), sound: z.boolean() }),
  electron: z.object({ version: z.string().nullable() }),
  compiler: z.object({ name: z.string().nullable() }),
  findings: z.array(findingSchema),
});
export type SystemReport = z.infer<typeof systemReportSchema>;
