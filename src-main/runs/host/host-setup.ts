import type { Detail } from '#contract/api/runs/run-records.ts';
import type { EngineSettings } from '#engine/protocol.ts';
import type { Store } from '../../store/open-store.ts';
import type { SilenceLimits } from '../engine/drive-engine.ts';
import type { SpawnEngine } from '../engine/engine-process.ts';
import type { RunSignals } from './run-signals.ts';

/** How a config wants its engine: which device, compiled or op by op, how many threads, which products. */
export interface EngineRequest {
  readonly device?: string;
  readonly mode?: string;
  readonly threads?: number | null;
  readonly compute_dtype?: string;
  /** Of a recipe that trains a policy and a critic beside each other. */
  readonly online?: OnlineWork;
  /** Of a recipe that trains a reward model. */
  readonly pairs?: PairWork;
}

export interface PairWork {
  /** Pairs of one pass. */
  readonly batch: number;
  /** Of the model. */
  readonly weightBytes: number;
}

export interface OnlineWork {
  /** Responses of one collection. */
  readonly rollouts: number;
  /** Of the policy. */
  readonly weightBytes: number;
}

/** Everything that the life of a run needs from outside. */
export interface HostSetup {
  /** The data folder. */
  readonly home: string;
  readonly store: Store;
  /** Program of the engine process. */
  readonly engineEntry: string;
  readonly spawnEngine: SpawnEngine;
  /** Environment of an engine with the settings of the run's first start, or as its config wishes. */
  readonly engineEnvironment: (settings: EngineSettings | null, wish: EngineRequest) => NodeJS.ProcessEnv;
  /** What of this machine and installation may move a number. */
  readonly environment: Detail;
  readonly silence: SilenceLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly signals: RunSignals;
}
