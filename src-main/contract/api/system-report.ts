import { z } from 'zod';

const bytes = z.int().nonnegative();

/** How much a finding matters: nothing runs, something runs slowly or not at all, or only worth knowing. */
export const findingLevelSchema = z.enum(['error', 'warning', 'note']);

/** One thing that is missing or not as it should be, and the command that mends it. */
export const findingSchema = z.object({
  level: findingLevelSchema,
  what: z.string(),
  why: z.string(),
  fix: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

const engineSettings = z.object({ threads: z.int().nonnegative(), onednn: z.boolean(), xla: z.boolean() });

/** The engine settings that are fastest on this machine, and what was measured to find them. */
export const engineTuningSchema = z.object({
  settings: engineSettings,
  tried: z.array(
    z.object({
      settings: engineSettings,
      /** Of one training step and one loop of decoding; null where the settings could not be run. */
      seconds: z.object({ train: z.number().positive(), decode: z.number().positive() }).nullable(),
    }),
  ),
  /** Milliseconds since 1970. */
  measuredAt: z.int(),
});
export type EngineTuning = z.infer<typeof engineTuningSchema>;

export const engineHealthSchema = z.object({
  /** Folder name of the engine that is set up, `javascript` for the last resort, null when none is. */
  variant: z.string().nullable(),
  backend: z.enum(['tensorflow', 'javascript']).nullable(),
  device: z.enum(['cpu', 'gpu']).nullable(),
  binding: z.string().nullable(),
  /** From the loaded library itself; null when it was not loaded. */
  tensorflowVersion: z.string().nullable(),
  /** float32 matrix product of this machine, in 10⁹ floating-point operations per second. */
  gigaflops: z.number().nonnegative().nullable(),
  /** Null where nothing was measured: the usual settings hold. */
  tuning: engineTuningSchema.nullable(),
  /** Why the engine does not work, null when it does. */
  problem: z.string().nullable(),
});
export type EngineHealth = z.infer<typeof engineHealthSchema>;

/** What `keel system --json` prints. Sizes are bytes. */
export const systemReportSchema = z.object({
  /** True when nothing of level `error` was found. */
  healthy: z.boolean(),
  platform: z.string(),
  engine: engineHealthSchema,
  node: z.object({ version: z.string(), path: z.string() }),
  processor: z.object({ model: z.string(), count: z.int().positive() }),
  memory: z.object({ total: bytes, available: bytes }),
  /** The data folder and the free space of its disk; null when it cannot be told. */
  disk: z.object({ folder: z.string(), free: bytes.nullable() }),
  /** Paths of the data folder that other users of the machine can reach; none on Windows. */
  exposed: z.array(z.string()),
  sqlite: z.object({ version: z.string().nullable(), sound: z.boolean() }),
  electron: z.object({ version: z.string().nullable() }),
  compiler: z.object({ name: z.string().nullable() }),
  findings: z.array(findingSchema),
});
export type SystemReport = z.infer<typeof systemReportSchema>;
