import type { AdamWSettings } from './adam-w-settings.ts';

/** What a runtime of workers is told of a step, since it cannot run the step's function. */
export interface RemoteStep {
  readonly plan: StepPlan;
  /** Called with how statistics of a batch's parts combine, by their names. */
  readonly onFolds?: (folds: Readonly<Record<string, 'sum' | 'max' | 'min'>>) => void;
}

/** One layer with an addition of rank r. */
export interface TargetPlan {
  /** Name of the layer. */
  readonly module: string;
  readonly r: number;
  /** Factor of the addition. */
  readonly scale: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Where a network's weights are among the variables. */
export interface WeightsPlace {
  /** First part of the names of the trunk's variables. */
  readonly prefix: string;
  /** First part of the names of the adapter's and the head's variables. */
  readonly own: string;
  /** Whether the trunk is never trained. */
  readonly frozen: boolean;
  readonly targets: readonly TargetPlan[];
  /** Share of the inputs that the adapter does not see in training. */
  readonly dropout: number;
}

/** A network, in words that a program without Keel's networks understands. */
export interface NetworkPlan extends WeightsPlace {
  /** config.json of the model. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The head that gives one number per position; null for a language model. */
  readonly head: 'score' | 'linear' | 'value' | null;
}

/** The loss of an update; which one of the online methods it is, the run's recipe says. */
export type LossPlan =
  | {
      readonly kind: 'online';
      readonly policy: NetworkPlan;
      readonly critic: NetworkPlan | null;
      readonly vfCoef: number;
      readonly temperature: number;
      readonly needsEntropy: boolean;
    }
  | { readonly kind: 'next_token' | 'preferences' | 'judgments'; readonly policy: NetworkPlan }
  | ({ readonly kind: 'pairs' } & PairsPlan);

/** How a pairwise loss reads scores. */
export interface PairsPlan {
  readonly network: NetworkPlan;
  readonly loss: 'last_token' | 'tokenwise';
  readonly centerCoefficient: number;
}

/** A compiled step by what it computes. */
export type StepPlan =
  | {
      readonly kind: 'generate';
      readonly policy: NetworkPlan;
      readonly temperature: number;
      readonly isGreedy: boolean;
      readonly topK: number;
      readonly topP: number;
      readonly minNewTokens: number;
      readonly stopTokenIds: readonly number[];
      readonly padTokenId: number;
    }
  | {
      readonly kind: 'score';
      readonly policy: NetworkPlan;
      readonly reference: NetworkPlan;
      readonly critic: NetworkPlan | null;
      readonly withPolicy: boolean;
      readonly temperature: number;
    }
  | { readonly kind: 'logps'; readonly policy: NetworkPlan }
  | { readonly kind: 'values'; readonly network: NetworkPlan }
  | ({ readonly kind: 'judge_pairs' } & PairsPlan)
  | { readonly kind: 'evaluate' | 'accumulate'; readonly loss: LossPlan }
  | {
      readonly kind: 'update';
      readonly loss: LossPlan;
      /** Full names of the trained variables. */
      readonly trained: readonly string[];
      readonly optimizer: AdamWSettings;
    };
