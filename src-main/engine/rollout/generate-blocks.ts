import type { ModelWeights } from '../model/weights.ts';
import { type BoolHost, type FloatHost, type IntHost, int32 } from '../runtime/host-tensor.ts';
import type { HostRecord, Runtime, Tensor, TensorRecord } from '../runtime/types.ts';
import { checkContext } from './generate.ts';
import { decodeUntil, type GeneratorParts, type LoopInputs, prefill } from './generate-loop.ts';
import { samplingUniforms } from './generate-uniforms.ts';
import { positionsOf } from './sequence-inputs.ts';

/** State of a generation after a block. */
export interface GenerationBlock {
  /** [b, r] new tokens; padding where there is none yet. */
  readonly ids: IntHost;
  /** [b] number of new tokens of each row so far. */
  readonly lengths: IntHost;
  /** [b, r] as in `GenerationResult`. */
  readonly logprobs: FloatHost;
  /** [b] true where a stop token has ended the row. */
  readonly endedByStop: readonly boolean[];
  readonly isLast: boolean;
}

export type BlockGenerator = (
  prompts: { readonly ids: IntHost; readonly attentionMask: BoolHost },
  seed: number,
) => Generator<GenerationBlock, void>;

const STATE = ['step', 'tokens', 'logprobs', 'last', 'alive', 'lengths', 'stopped'];

/** Separates what crossed the host into the loop's state and what the loop only reads. */
function partInputs(inputs: TensorRecord, layers: number): { state: TensorRecord; fixed: LoopInputs } {
  const layer = (name: string) => Array.from({ length: layers }, (_, index) => `${name}${index}`);
  const names = [...STATE, ...layer('k'), ...layer('v')];
  const state = Object.fromEntries(names.map((name) => [name, inputs[name] as Tensor]));
  for (const name of ['alive', 'stopped']) state[name] = (state[name] as Tensor).toBool();
  const { promptLengths, uniforms } = inputs;
  const keyMask = inputs.keyMask!.toBool();
  return { state, fixed: { keyMask, promptLengths: promptLengths!, uniforms: uniforms! } };
}

function blockInside(parts: GeneratorParts, weights: ModelWeights, inputs: TensorRecord): TensorRecord {
  const { state, fixed } = partInputs(inputs, parts.model.config.layers);
  return decodeUntil(parts, weights, state, fixed, inputs.limit!);
}

function toBlock(state: HostRecord, maxNewTokens: number): GenerationBlock {
  const endedByStop = Array.from(state.stopped!.data, Boolean);
  const ids = Int32Array.from(state.tokens!.data);
  const isLast = state.step!.data[0]! >= maxNewTokens || !state.alive!.data.some(Boolean);
  return {
    ids: int32(ids, state.tokens!.shape),
    lengths: state.lengths as IntHost,
    logprobs: state.logprobs as FloatHost,
    endedByStop,
    isLast,
  };
}

/**
 * The sampler of `createGenerator` split into blocks, so that tokens can be shown during generation: one compiled step
 * for the prompts and one per block, with the loop's state passing through the host in between. Same seed and prompts,
 * same tokens.
 * @throws KeelError `context_exceeded`.
 */
export function createBlockGenerator(
  runtime: Runtime,
  parts: GeneratorParts & { readonly blockTokens: number },
): BlockGenerator {
  const first = runtime.compile(`${parts.name} prompts`, (variables, inputs) => {
    const { state, fixed } = prefill(parts, parts.weightsOf(variables.weights()), inputs);
    return { ...state, ...fixed };
  });
  const more = runtime.compile(`${parts.name} block`, (variables, inputs) =>
    blockInside(parts, parts.weightsOf(variables.weights()), inputs),
  );
  return function* blocks({ ids, attentionMask }, seed) {
    checkContext(parts.model, attentionMask, parts.maxNewTokens);
    const uniforms = samplingUniforms(seed, ids.shape[0] as number, parts.maxNewTokens);
    let carried: HostRecord = first({ ids, attentionMask, positions: positionsOf(attentionMask), uniforms });
    for (let limit = 1; ; ) {
      const block = toBlock(carried, parts.maxNewTokens);
      yield block;
      if (block.isLast) return;
      limit = Math.min(limit + parts.blockTokens, parts.maxNewTokens);
      carried = { ...carried, ...more({ ...carried, limit: int32([limit], []) }) };
    }
  };
}
