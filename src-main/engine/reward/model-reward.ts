import type { ValueModel } from '../model/value-model.ts';
import type { Text } from '../records.ts';
import { bool, float32, int32 } from '../runtime/host-tensor.ts';
import { tf } from '../runtime/tf.ts';
import type { Runtime } from '../runtime/types.ts';

/** Scores finished replies; higher is better. One number a reply, in the order given. */
export type Reward = (prompts: readonly Text[], responses: readonly string[]) => Float32Array;

export interface ModelRewardParts {
  /** Unique name of the compiled step. */
  readonly name: string;
  /** Weights are read below `<prefix>/`. */
  readonly prefix: string;
  readonly model: ValueModel;
  /** Ids of prompt, response and EOS by the reward model's own tokenizer, cut to what it can read. */
  readonly encode: (prompt: Text, response: string) => readonly number[];
  readonly padTokenId: number;
  /** Rows of one forward. */
  readonly rows: number;
  /** Padded length for the longest row of a forward; few values, since each is compiled once. */
  readonly bucket: (longest: number) => number;
}

/** Rows of ids, padded on the right to [rows, t]; missing rows repeat padding with one attended token. */
function padRight(ids: readonly (readonly number[])[], rows: number, length: number, padTokenId: number) {
  const flat = new Int32Array(rows * length).fill(padTokenId);
  const attended = new Uint8Array(rows * length);
  const positions = new Int32Array(rows * length);
  const lastToken = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    const count = Math.max(ids[row]?.length ?? 0, 1);
    flat.set(ids[row] ?? [], start);
    attended.fill(1, start, start + count);
    for (let i = 0; i < length; i++) positions[start + i] = Math.min(i, count - 1);
    lastToken[start + count - 1] = 1;
  }
  const shape = [rows, length];
  return {
    ids: int32(flat, shape),
    attentionMask: bool(attended, shape),
    positions: int32(positions, shape),
    lastToken: float32(lastToken, shape),
  };
}

/**
 * A reward model as a reward: the reply's text is encoded anew by the model's own tokenizer and the score is read at
 * the last real token, the EOS that ends every text.
 */
export function createModelReward(runtime: Runtime, parts: ModelRewardParts): Reward {
  const step = runtime.compile(parts.name, (variables, inputs) => {
    const scores = parts.model.values(variables.weights(parts.prefix), inputs as never);
    return { scores: tf.sum(tf.mul(scores, inputs.lastToken!), 1) };
  });
  return (prompts, responses) => {
    const encoded = responses.map((response, index) => parts.encode(prompts[index]!, response));
    const result = new Float32Array(responses.length);
    for (let start = 0; start < encoded.length; start += parts.rows) {
      const ids = encoded.slice(start, start + parts.rows);
      const length = parts.bucket(Math.max(...ids.map((row) => row.length)));
      const { scores } = step(padRight(ids, parts.rows, length, parts.padTokenId));
      result.set((scores!.data as Float32Array).subarray(0, ids.length), start);
    }
    return result;
  };
}
