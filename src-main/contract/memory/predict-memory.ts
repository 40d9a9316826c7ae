import { ENGINE } from './engine-constants.ts';
import { type FrozenDtype, largestMatrix, type NetworkShape, parametersOf, storedBytes } from './network-shape.ts';

const FLOAT = 4;
/** AdamW's two moments. */
const MOMENTS = 2;

/** What a run computes at once. */
export interface Workload {
  readonly kind: 'sft' | 'reward_model' | 'online';
  /** Rows of a forward and backward pass: records of the data. */
  readonly rows: number;
  /** Sequences of a row: two for a pair. */
  readonly sequences: 1 | 2;
  /** Tokens of a prompt and of a response; in SFT and reward modeling, a sequence is both together. */
  readonly prompt: number;
  readonly response: number;
  /** Responses that are generated at once. */
  readonly rollouts: number;
  readonly hasCritic: boolean;
  /** Whether layers are computed again for the gradient (`engine.recompute_activations`). */
  readonly recomputes: boolean;
}

/** A frozen model beside policy and reference: an adapter on the same base, or a network of its own. */
export type FrozenModel = 'on_base' | NetworkShape;

/** What is trained, and how the rest is kept. */
export interface Training {
  /** Number of parameters of an adapter; null if all weights are trained. */
  readonly adapter: number | null;
  readonly frozenDtype: FrozenDtype;
  /** Reward model and judge of an online run. */
  readonly frozen: readonly FrozenModel[];
  /** Number of the last blocks that are trained; null for all. */
  readonly unfrozenLayers: number | null;
}

export type MemoryPart = 'libraries' | 'weights' | 'optimizer' | 'gradients' | 'activations' | 'logits' | 'widened';

/** Predicted peak memory of an engine process, in bytes. */
export interface PredictedMemory {
  readonly peakBytes: number;
  readonly parts: Readonly<Record<MemoryPart, number>>;
  /** Number of parameters of the network, and of those that are trained, all models together. */
  readonly parameters: number;
  readonly trained: number;
}

/**
 * Floats of one token in one layer that the gradient needs: inputs of both norms and both residuals, queries, keys and
 * values before and after rotation, attention shares, what attention returns, and four values of the gated layer.
 */
function keptFloats({ width, heads, keyValueHeads, headWidth, innerWidth }: NetworkShape, tokens: number): number {
  const [queries, keys] = [heads * headWidth, keyValueHeads * headWidth];
  return 4 * width + 2 * queries + 2 * keys + 4 * innerWidth + heads * tokens;
}

/**
 * The same with adapters, whose gradients compute again what costs little: both normalized states, queries, keys,
 * values, what attention returns, and two values of the gated layer.
 */
function sparedFloats({ width, heads, keyValueHeads, headWidth, innerWidth }: NetworkShape): number {
  return 2 * width + 2 * heads * headWidth + 2 * keyValueHeads * headWidth + 2 * innerWidth;
}

function activationBytes(shape: NetworkShape, work: Workload, isAdapted: boolean): number {
  const length = work.prompt + work.response;
  const tokens = work.rows * work.sequences * length;
  const networks = work.kind === 'online' && work.hasCritic ? 2 : 1;
  const layer = isAdapted
    ? sparedFloats(shape) * ENGINE.keptShare.adapted
    : keptFloats(shape, length) * ENGINE.keptShare.all;
  const perToken = work.recomputes
    ? shape.layers * shape.width * networks + ENGINE.recomputedLayers * layer
    : shape.layers * layer * networks;
  return FLOAT * tokens * perToken;
}

function logitBytes({ vocabSize }: NetworkShape, { kind, rows, sequences, prompt, response }: Workload): number {
  if (kind === 'reward_model') return 0;
  const wanted = kind === 'sft' ? prompt + response : response;
  return FLOAT * rows * sequences * wanted * vocabSize * ENGINE.logitCopies;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Number of trained parameters of a policy or reward model; a critic is trained as a whole. */
function trainedOf(shape: NetworkShape, unfrozenLayers: number | null): number {
  const share = Math.min(1, (unfrozenLayers ?? shape.layers) / Math.max(1, shape.layers));
  const inBlocks = parametersOf({ ...shape, tables: [], vectors: 0 });
  return Math.round(parametersOf(shape) - (1 - share) * inBlocks);
}

/** Bytes of all weights, and the number of trained parameters. */
function weightsOf(shape: NetworkShape, work: Workload, { adapter, frozenDtype, frozen, unfrozenLayers }: Training) {
  const isOnline = work.kind === 'online';
  const hasCritic = isOnline && work.hasCritic;
  const base = storedBytes(shape, frozenDtype);
  const others = isOnline
    ? sum(
        frozen.map((one) => {
          if (one !== 'on_base') return storedBytes(one, frozenDtype);
          return adapter === null ? base : FLOAT * adapter;
        }),
      )
    : 0;
  if (adapter !== null) {
    const trained = adapter * (hasCritic ? 2 : 1);
    return { trained, bytes: base + FLOAT * trained + others };
  }
  const parameters = parametersOf(shape);
  const trained = trainedOf(shape, unfrozenLayers) + (hasCritic ? parameters : 0);
  const reference = isOnline ? base : 0;
  return { trained, bytes: FLOAT * parameters * (hasCritic ? 2 : 1) + reference + others };
}

/** Whether a run keeps frozen weights: the base of adapters, or the models of an online run. */
const hasFrozen = ({ kind }: Workload, { adapter }: Training) => adapter !== null || kind === 'online';

/** Bytes of what is widened to float32 while it is used: the largest matrix of a base in less than float32. */
function widenedBytes(shape: NetworkShape, work: Workload, training: Training): number {
  if (!hasFrozen(work, training) || training.frozenDtype === 'float32') return 0;
  // With adapters, embedding and output matrix are widened in small blocks.
  const largest = training.adapter === null ? largestMatrix(shape) : shape.width * shape.innerWidth;
  return FLOAT * largest * (training.frozenDtype === 'nf4' ? ENGINE.unpackedCopies : ENGINE.widenedCopies);
}

function libraryBytes({ layers }: NetworkShape, work: Workload, training: Training): number {
  const { adapter, frozenDtype } = training;
  const packed: Partial<Record<FrozenDtype, number>> = ENGINE.packedBytes;
  const ofPacking = hasFrozen(work, training) ? (packed[frozenDtype] ?? 0) : 0;
  if (adapter === null) return ENGINE.libraryBytes + ofPacking;
  const again = work.recomputes ? ENGINE.adaptedAgainLayerBytes : 0;
  return ENGINE.libraryBytes + ofPacking + (ENGINE.adaptedLayerBytes + again) * layers;
}

/**
 * Predicts the peak memory of training a network, by arithmetic alone: weights, moments, gradients, what the gradient
 * needs of every layer, logits, and what the engine itself takes. Clipping makes a second copy of the gradients, when
 * everything else that they needed is free again. A preflight measures the same with the first steps.
 */
export function predictMemory(shape: NetworkShape, work: Workload, training: Training): PredictedMemory {
  const { trained, bytes } = weightsOf(shape, work, training);
  const passing = {
    activations: activationBytes(shape, work, training.adapter !== null),
    logits: logitBytes(shape, work),
    widened: widenedBytes(shape, work, training),
  };
  const gradients = FLOAT * trained;
  const scaled = Math.max(0, gradients - sum(Object.values(passing)));
  const parts = {
    libraries: libraryBytes(shape, work, training),
    weights: bytes,
    optimizer: MOMENTS * FLOAT * trained,
    gradients: gradients + scaled,
    ...passing,
  };
  return { peakBytes: Math.round(sum(Object.values(parts))), parts, parameters: parametersOf(shape), trained };
}
