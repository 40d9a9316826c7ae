import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from './api-errors.ts';
import { jobMessageSchema } from './jobs.ts';
import { labelChangeSchema, runLabelsSchema } from './runs/run-labels.ts';
import { detailSchema } from './runs/run-records.ts';
import { runSchema, runStateSchema } from './runs/run-state.ts';

/** How runs are kept: lineage, exports, trash, and backups. */

const bytes = z.int().nonnegative();

/** A deleted run that can be restored. `purgeAt` is the earliest time of its removal, milliseconds since 1970. */
export const trashEntrySchema = z.object({
  run: runSchema,
  /** Stages that were deleted with it. */
  stages: z.array(z.string()),
  removedAt: z.int(),
  purgeAt: z.int(),
  bytes,
});
export type TrashEntry = z.infer<typeof trashEntrySchema>;

export const removalSchema = z.object({
  removed: z.array(z.string()),
  /** Disk space of the folders. */
  bytes,
  /** False: the folders are deleted. True: they are kept until the trash is emptied or the entry expires. */
  isRestorable: z.boolean(),
});
export type Removal = z.infer<typeof removalSchema>;

/** A folder to which an output of a run was exported. `detail` is the result of the verification. */
export const exportRowSchema = z.object({
  number: z.int().positive(),
  what: z.string(),
  tag: z.string(),
  folder: z.string(),
  detail: detailSchema,
  at: z.int(),
  /** Whether the folder still exists. */
  isThere: z.boolean(),
});
export type ExportRow = z.infer<typeof exportRowSchema>;

/** Something that can be exported now: a saved model or a checkpoint of a run or of a pipeline's stages. */
export const exportChoiceSchema = z.object({
  run: z.string(),
  runName: z.string(),
  stage: z.string().nullable(),
  what: z.enum(['policy', 'critic', 'reward_model']),
  /** `best`, `last`, or the step of a checkpoint. */
  tag: z.string(),
  kind: z.enum(['artifact', 'checkpoint']),
  step: z.int().nullable(),
  isBest: z.boolean(),
  /** Whether an export without a tag writes it: the best policy only if it is above the start beyond its interval. */
  isDefault: z.boolean(),
  /** Whether it is an adapter on a base, which an export merges or writes alone. */
  isAdapter: z.boolean(),
  bytes: bytes.nullable(),
});
export type ExportChoice = z.infer<typeof exportChoiceSchema>;

export const lineageKindSchema = z.enum(['dataset', 'model', 'run', 'artifact', 'export']);
export const lineageNodeSchema = z.object({
  id: z.string(),
  kind: lineageKindSchema,
  label: z.string(),
  /** A short note: rows of a dataset, method and state of a run, tag of an artifact. */
  note: z.string(),
  /** The run itself, or the run that produced it; null if it came from elsewhere. */
  run: z.string().nullable(),
  recipe: z.string().nullable(),
  state: runStateSchema.nullable(),
  path: z.string().nullable(),
  sha256: z.string().nullable(),
  /** Whether it no longer exists: a removed run, a deleted folder. */
  isMissing: z.boolean(),
});
export type LineageNode = z.infer<typeof lineageNodeSchema>;

/** From data to exports: everything that went into a run and came out of it. An edge's `role` is the input's field. */
export const lineageSchema = z.object({
  run: z.string(),
  nodes: z.array(lineageNodeSchema),
  edges: z.array(z.object({ from: z.string(), to: z.string(), role: z.string() })),
});
export type Lineage = z.infer<typeof lineageSchema>;

/** An input that a backup refers to and that this machine lacks or has with different content. */
export const absentInputSchema = z.object({
  run: z.string(),
  role: z.string(),
  path: z.string(),
  sha256: z.string(),
  reason: z.enum(['missing', 'changed']),
});
export type AbsentInput = z.infer<typeof absentInputSchema>;

export const backupResultSchema = z.object({
  folder: z.string(),
  runs: z.array(z.string()),
  files: z.int().nonnegative(),
  bytes,
  /** Why checkpoints in it cannot be used: they were damaged before the backup and were copied as they are. */
  damaged: z.array(z.string()),
});
export type BackupResult = z.infer<typeof backupResultSchema>;

export const openedBackupSchema = z.object({
  /** The run that was backed up, by its id here. */
  run: z.string(),
  /** Every run that was added: its id in the backup and its id here. */
  opened: z.array(z.object({ from: z.string(), to: z.string() })),
  /** Runs that already existed here. */
  known: z.array(z.string()),
  absent: z.array(absentInputSchema),
});
export type OpenedBackup = z.infer<typeof openedBackupSchema>;

const procedure = oc.errors(errors);
const one = z.object({ run: z.string().min(1) });
const job = eventIterator(jobMessageSchema);

export const runArchiveContract = {
  remove: procedure
    .input(one.extend({ force: z.boolean().default(false), now: z.boolean().default(false) }))
    .output(removalSchema),
  restore: procedure.input(one).output(runSchema),
  /** Changes a run's name, tags, group, and notes. */
  label: procedure.input(labelChangeSchema).output(runLabelsSchema),
  lineage: procedure.input(one).output(lineageSchema),
  exports: procedure.input(one).output(z.array(exportRowSchema)),
  exportChoices: procedure.input(one).output(z.array(exportChoiceSchema)),
  /** `out` ends in `.keelrun`; the result is a `BackupResult`. */
  backup: procedure.input(one.extend({ folder: z.string().min(1), out: z.string().min(1) })).output(job),
  /** `baseFolder` replaces the folder that the config's paths were relative to; the result is an `OpenedBackup`. */
  open: procedure
    .input(
      z.object({
        folder: z.string().min(1),
        file: z.string().min(1),
        baseFolder: z.string().min(1).nullable().default(null),
      }),
    )
    .output(job),
};

export const trashContract = {
  list: procedure.output(z.array(trashEntrySchema)),
  empty: procedure.output(removalSchema),
};
