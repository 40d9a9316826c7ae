import type { z } from 'zod';
import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type {
  artifactSchema,
  Change,
  Checkpoint,
  inputSchema,
  Level,
  Point,
  progressSchema,
  SampleRow,
} from '#contract/api/runs/run-records.ts';
import type { Runtime } from '../runtime/types.ts';
import type { DiskWaits } from './disk-waits.ts';

export type { Change, Point, SampleRow };
export type Progress = z.input<typeof progressSchema>;
export type Artifact = z.input<typeof artifactSchema>;
export type Input = z.input<typeof inputSchema>;
export type Detail = Readonly<Record<string, unknown>>;

/** The reports that a recipe sends. It does not know who receives them. */
export interface Emit {
  metrics(step: number, points: readonly Point[]): void;
  samples(step: number, rows: readonly SampleRow[]): void;
  progress(progress: Progress): void;
  log(level: Level, text: string): void;
  event(name: string, step: number, level: Level, detail: Detail): void;
  artifact(artifact: Artifact): void;
  input(input: Input): void;
  checkpoint(checkpoint: Checkpoint): void;
}

/** Requests since the last boundary. */
export interface Asked {
  readonly stop: boolean;
  /** Write a checkpoint; if a stop was requested too, before stopping. */
  readonly checkpoint: boolean;
}

/** External input of a recipe, read between two steps only. */
export interface Control {
  /**
   * Receives messages, waits while paused, and returns the requests at this boundary.
   * @param hold why the run must wait here until you resume it.
   */
  boundary(step: number, hold?: PauseCause | null): Promise<Asked>;
  /** Whether a stop was requested; for long work before the first boundary. Receives messages. */
  stopRequested(): Promise<boolean>;
  /** The last step that will be taken, where that is known and less than the config says; otherwise Infinity. */
  readonly lastStep: number;
  /** The value in force at a step: the last change at or before it, otherwise the configured value. */
  inForce(path: string, configured: number): number;
  /** Every change so far, for the checkpoint. */
  changes(): readonly Change[];
  /** Writes to the run's folder; if the disk is full, the next boundary waits and retries. */
  attempt: DiskWaits['attempt'];
  /** Waits for writes that {@link attempt} has postponed, where no boundary follows. */
  settle: DiskWaits['settle'];
  /** Writes, and waits while the disk is full. Throws the disk's error once the run is being stopped. */
  untilWritten: DiskWaits['untilWritten'];
}

export interface RecipeContext<Config> {
  readonly runId: string;
  readonly config: Config;
  readonly runtime: Runtime;
  /** Folder for checkpoints and artifacts. */
  readonly runFolder: string;
  /** Folder of the checkpoint to resume from. */
  readonly resumeFrom: string | null;
  /** Resolves `run:<id>/policy` and other references to folders; plain paths pass through. */
  readonly locate: (reference: string) => string;
  readonly emit: Emit;
  readonly control: Control;
}

/** A training loop that you can copy and change. Returns the summary of the run. */
export type Recipe<Config> = (context: RecipeContext<Config>) => Promise<Detail>;
