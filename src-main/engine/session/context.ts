import type { Runtime } from '../runtime/types.ts';

/** One metric value of one step. */
export interface Point {
  readonly key: string;
  readonly value: number;
}

/** One fixed prompt's reply at one moment of a run; the arrays have one entry a response token. */
export interface SampleRow {
  readonly promptIndex: number;
  readonly prompt: string;
  readonly response: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  readonly logprobs: readonly number[];
  readonly refLogprobs: readonly number[];
  readonly kl: readonly number[];
  readonly values: readonly number[];
  readonly advantages: readonly number[];
  readonly rewards: readonly number[];
  readonly score: number;
  readonly judge: number | null;
  readonly endedByStop: boolean;
}

export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

export type ArtifactKind = 'policy' | 'critic' | 'reward_model';

export interface Artifact {
  readonly kind: ArtifactKind;
  /** `last`, `best`: which moment of the run it holds. */
  readonly moment: string;
  readonly folder: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface SavedCheckpoint {
  readonly step: number;
  readonly folder: string;
  readonly manifestHash: string;
  readonly bytes: number;
  readonly isBest: boolean;
}

/** What a recipe tells of itself. It does not know who listens. */
export interface Emit {
  metrics(step: number, points: readonly Point[]): void;
  samples(step: number, rows: readonly SampleRow[]): void;
  progress(progress: Progress): void;
  log(level: 'info' | 'warning' | 'error', text: string): void;
  event(name: string, step: number, detail: Readonly<Record<string, unknown>>): void;
  artifact(artifact: Artifact): void;
  checkpoint(checkpoint: SavedCheckpoint): void;
}

/** A value changed by hand; it holds from the step on. */
export interface Change {
  readonly step: number;
  readonly path: string;
  readonly value: number;
}

/** What reaches a recipe from outside, asked for between two steps only. */
export interface Control {
  /** Lets messages in, waits while paused, and tells what is asked for at this boundary. */
  boundary(step: number): Promise<{ readonly stop: boolean; readonly checkpoint: boolean }>;
  /** The value in force at a step: the last change at or before it, else the configured one. */
  inForce(path: string, configured: number): number;
  /** Every change so far, for the checkpoint. */
  changes(): readonly Change[];
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
export type Recipe<Config> = (context: RecipeContext<Config>) => Promise<Readonly<Record<string, unknown>>>;
