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

/** What a recipe tells of itself. It does not know who listens. */
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

/** What was asked for since the last boundary. */
export interface Asked {
  readonly stop: boolean;
  /** Write a checkpoint, before stopping where that is asked for too. */
  readonly checkpoint: boolean;
}

/** What reaches a recipe from outside, asked for between two steps only. */
export interface Control {
  /**
   * Lets messages in, waits while paused, and tells what is asked for at this boundary.
   * @param hold why the run has to wait here until somebody lets it go on.
   */
  boundary(step: number, hold?: PauseCause | null): Promise<Asked>;
  /** The value in force at a step: the last change at or before it, else the configured one. */
  inForce(path: string, configured: number): number;
  /** Every change so far, for the checkpoint. */
  changes(): readonly Change[];
  /** Writes to the run's folder; where its disk is full, the next boundary waits and tries again. */
  attempt: DiskWaits['attempt'];
  /** Waits for what {@link attempt} has put off: where no boundary follows. */
  settle: DiskWaits['settle'];
  /** Writes, and waits for the disk where it is full. Throws the disk's error once the run is to stop. */
  untilWritten: DiskWaits['untilWritten'];
}

export interface RecipeContext<Config> {
  readonly runId: string;
  readonly config: Config;
  readonly runtime: Runtime;
  /** Where checkpoints and artifacts go. */
  readonly runFolder: string;
  /** Folder of the checkpoint to go on from. */
  readonly resumeFrom: string | null;
  /** Turns `run:<id>/policy` and other references into folders; plain paths pass through. */
  readonly locate: (reference: string) => string;
  readonly emit: Emit;
  readonly control: Control;
}

/** A loop that may be copied and changed. Gives the summary that the run ends with. */
export type Recipe<Config> = (context: RecipeContext<Config>) => Promise<Detail>;
