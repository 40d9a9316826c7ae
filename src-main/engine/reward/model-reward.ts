import { packInputs } from '../model/layout/pack-inputs.ts';
import { lastColumn } from '../model/layout/wanted-columns.ts';
import { networkPlan } from '../model/network-plan.ts';
import type { ValueModel } from '../model/value-model.ts';
import type { PlacedModel } from '../model/weights.ts';
import type { AskedPrompt } from '../records.ts';
import { bool, int32 } from '../runtime/host-tensor.ts';
import type { Runtime, Step } from '../runtime/types.ts';

/** Scores finished responses; higher is better. Returns one number per response, in the given order. */
export type Reward = (prompts: readonly AskedPrompt[], responses: readonly string[]) => Float32Array;

export interface ModelRewardParts extends PlacedModel<ValueModel> {
  /** Unique name of the compiled step. */
  readonly name: string;
  /** Ids of prompt, response and EOS by the reward model's own tokenizer, truncated to its context length. */
  readonly encode: (asked: AskedPrompt, response: string) => readonly number[];
  readonly padTokenId: number;
  /** Rows per forward pass. */
  readonly rows: number;
  /** Padded length for the longest row of a forward pass; few values, since each is compiled once. */
  readonly bucket: (longest: number) => number;
}

/** Rows of ids that end in the last of t columns, packed if there is enough padding; missing rows have one token. */
function lastColumnInputs(ids: readonly (readonly number[])[], rows: number, length: number, padTokenId: number) {
  const flat = new Int32Array(rows * length).fill(padTokenId);
  const attended = new Uint8Array(rows * length);
  const positions = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * length;
    const start = end - Math.max(ids[row]?.length ?? 0, 1);
    flat.set(ids[row] ?? [], start);
    attended.fill(1, start, end);
    for (let place = start; place < end; place++) positions[place] = place - start;
  }
  const shape = [rows, length];
  const padded = { ids: int32(flat, shape), attentionMask: bool(attended, shape), positions: int32(positions, shape) };
  return { ...padded, ...packInputs({ ...padded, columns: lastColumn(padded.ids), stateMask: null, use: 'forward' }) };
}

/**
 * A reward model as a reward: the response's text is re-encoded by the model's own tokenizer, and the score is read at
 * the last real token, the EOS that ends every text.
 */
export function createModelReward(runtime: Runtime, parts: ModelRewardParts): Reward {
  const inside: Step = (variables, inputs) => {
    const columns = lastColumn(inputs.ids!);
    const scores = parts.model.values(parts.weightsOf(variables.weights()), inputs as never, { columns });
    return { scores: scores.reshape([-1]) };
  };
  const step = runtime.compile(parts.name, inside, { plan: { kind: 'values', network: networkPlan(parts) } });
  return (prompts, responses) => {
    const encoded = responses.map((response, index) => parts.encode(prompts[index]!, response));
    const result = new Float32Array(responses.length);
    for (let start = 0; start < encoded.length; start += parts.rows) {
      const ids = encoded.slice(start, start + parts.rows);
      const length = parts.bucket(Math.max(...ids.map((row) => row.length)));
      const { scores } = step(lastColumnInputs(ids, parts.rows, length, parts.padTokenId));
      result.set((scores!.data as Float32Array).subarray(0, ids.length), start);
    }
    return result;
  };
}
