import type { KnownModel } from '#engine/known-bases.ts';
import type { RayAddress } from './ray-api.ts';

/** A run that is handed to a cluster. */
export interface HandedRun {
  readonly id: string;
  readonly folder: string;
  readonly baseFolder: string;
  /** The cluster with its current token, which may be replaced while the run lasts. */
  readonly address: () => RayAddress;
  readonly cpus: number;
  readonly gpus: number;
  /** Workers that compute one model together, each with these resources; 0 if the engine computes it. */
  readonly workers: number;
  /** Settings of the engine. */
  readonly environment: Readonly<Record<string, string>>;
  /** The library's models, among which an adapter's base is looked for by its name. */
  readonly models: readonly KnownModel[];
  readonly onOutput: (text: string) => void;
}
