import type { Detail } from '#contract/api/runs/run-records.ts';
import type { EngineSettings } from '#engine/protocol.ts';
import type { Store } from '../../store/open-store.ts';
import type { SilenceLimits } from '../engine/drive-engine.ts';
import type { SpawnEngine } from '../engine/engine-process.ts';
import type { RunSignals } from './run-signals.ts';

/** Engine settings requested by a config: device, compiled or eager mode, threads, and dtype of matrix products. */
export interface EngineRequest {
  readonly device?: string;
  readonly mode?: string;
  readonly threads?: number | null;
  readonly compute_dtype?: string;
  /** Folder of the base of the request's adapters, in place of what they name. */
  readonly adapterBase?: string | null;
  /** True for a run that trains adapters. */
  readonly adapted?: boolean;
  /** Set for a recipe that trains a policy and a critic in parallel. */
  readonly online?: OnlineWork;
  /** Set for a recipe that trains a reward model. */
  readonly pairs?: PairWork;
}

export interface PairWork {
  /** Pairs per pass. */
  readonly batch: number;
  /** Size of the model's weights. */
  readonly weightBytes: number;
}

export interface OnlineWork {
  /** Responses per rollout phase. */
  readonly rollouts: number;
  /** Size of the policy's weights. */
  readonly weightBytes: number;
}

/** The dependencies for hosting runs. */
export interface HostSetup {
  /** The data folder. */
  readonly home: string;
  readonly store: Store;
  /** Entry point of the engine process. */
  readonly engineEntry: string;
  readonly spawnEngine: SpawnEngine;
  /** Environment of an engine with the settings of the run's first start, or as requested by its config. */
  readonly engineEnvironment: (settings: EngineSettings | null, request: EngineRequest) => NodeJS.ProcessEnv;
  /** Properties of this machine and installation that can affect results. */
  readonly environment: Detail;
  readonly silence: SilenceLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly signals: RunSignals;
}
