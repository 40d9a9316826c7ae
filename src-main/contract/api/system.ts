import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { fittingModelsSchema } from '../memory/what-fits.ts';
import { errors } from './api-errors.ts';
import { jobMessageSchema } from './jobs.ts';
import { systemReportSchema } from './system-report.ts';

const bytes = z.int().nonnegative();

/** The process that owns the data folder. */
export const hostSchema = z.object({
  home: z.string(),
  pid: z.int(),
  since: z.int(),
  activeRuns: z.array(z.string()),
});

export const engineDeviceSchema = z.enum(['cpu', 'gpu', 'javascript']);
export type EngineDevice = z.infer<typeof engineDeviceSchema>;

/** An engine that can be installed on this machine. */
export const engineVariantSchema = z.object({
  name: z.string(),
  device: engineDeviceSchema,
  tensorflowVersion: z.string().nullable(),
  isInstalled: z.boolean(),
  /** Whether runs that start now use this engine. */
  isInUse: z.boolean(),
  /** Its disk space; for an engine that is not installed, the space that its setup needs. */
  bytes,
});
export type EngineVariant = z.infer<typeof engineVariantSchema>;

export const engineStateSchema = z.object({
  variants: z.array(engineVariantSchema),
  /** Whether a graphics card that TensorFlow can use was found. */
  hasGpu: z.boolean(),
  /** The attempts of the last setup, in order. */
  ladder: z.array(z.object({ rung: z.string(), outcome: z.string() })),
});
export type EngineState = z.infer<typeof engineStateSchema>;

/** Disk use of the data folder, by purpose. `free` is null if the disk does not report it. */
export const diskUseSchema = z.object({
  folder: z.string(),
  free: bytes.nullable(),
  parts: z.array(z.object({ part: z.enum(['runs', 'checkpoints', 'trash', 'engine', 'store', 'other']), bytes })),
  /** The runs that use the most space, largest first. */
  largest: z.array(z.object({ run: z.string(), name: z.string(), bytes })),
});
export type DiskUse = z.infer<typeof diskUseSchema>;

const gpuLoadSchema = z.object({ share: z.number(), usedBytes: z.number(), totalBytes: z.number() });
export type GpuLoad = z.infer<typeof gpuLoadSchema>;

/** How busy this machine is. */
export const systemLoadSchema = z.object({
  /** Share of all cores since the last question; null at the first. */
  cpu: z.object({ share: z.number().nullable(), cores: z.int() }),
  memory: z.object({ usedBytes: z.number(), totalBytes: z.number() }),
  /** Empty without an NVIDIA driver. */
  gpus: z.array(gpuLoadSchema),
});
export type SystemLoad = z.infer<typeof systemLoadSchema>;

export const packageLicenseSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  /** Text of its license file; null if the package has none. */
  text: z.string().nullable(),
});

export const aboutSchema = z.object({
  keel: z.string(),
  node: z.string(),
  platform: z.string(),
  license: z.string(),
  packages: z.array(packageLicenseSchema.omit({ text: true })),
});
export type About = z.infer<typeof aboutSchema>;

const procedure = oc.errors(errors);

export const systemContract = {
  host: procedure.output(hostSchema),
  check: procedure.output(systemReportSchema),
  /** What the available memory is enough for; predicted at once, not measured. */
  fits: procedure.output(fittingModelsSchema),
  engine: procedure.output(engineStateSchema),
  /**
   * Installs an engine, or switches to an installed one; null selects the best one for this machine. Reports its
   * downloads; the result is an `EngineState`. Leaving the stream ends it.
   */
  installEngine: procedure
    .input(z.object({ device: engineDeviceSchema.nullable().default(null), force: z.boolean().default(false) }))
    .output(eventIterator(jobMessageSchema)),
  disk: procedure.output(diskUseSchema),
  load: procedure.output(systemLoadSchema),
  about: procedure.output(aboutSchema),
  /** The license text of one shipped package. */
  licenseText: procedure.input(z.object({ name: z.string().min(1) })).output(z.string().nullable()),
};
