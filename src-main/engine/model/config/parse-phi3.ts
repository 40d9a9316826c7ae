import { z } from 'zod';
import { context, epsilon } from './config-fields.ts';
import { blockConfig, blockFields, perLayer } from './gated-block.ts';
import { longrope } from './longrope.ts';
import type { ModelConfig } from './model-config.ts';
import { rotaryOf } from './rotary-config.ts';

const fields = z.looseObject({
  ...blockFields,
  rms_norm_eps: epsilon.default(1e-5),
  max_position_embeddings: context.default(4096),
  original_max_position_embeddings: context.default(4096),
  partial_rotary_factor: z.number().positive().max(1).default(1),
});

type Parsed = z.infer<typeof fields>;
type Settings = NonNullable<Parsed['rope_parameters']>;

/** Names of LongRoPE in the first files. */
const EARLIER = ['su', 'yarn'];

/** Settings with transformers' defaults; the top level decides the length of pretraining. */
function settingsOf(parsed: Parsed) {
  const given: Settings = parsed.rope_scaling ?? parsed.rope_parameters ?? {};
  const type = given.rope_type ?? given.type ?? 'default';
  const length = parsed.original_max_position_embeddings;
  return {
    ...given,
    rope_type: EARLIER.includes(type) ? 'longrope' : type,
    rope_theta: given.rope_theta ?? parsed.rope_theta ?? 10_000,
    partial_rotary_factor: given.partial_rotary_factor ?? parsed.partial_rotary_factor,
    original_max_position_embeddings: length,
    factor: given.factor ?? parsed.max_position_embeddings / length,
  };
}

/** config.json of Phi 3 and of the Phi 4 models of its type. */
export const phi3Schema = fields.transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
  const add = (why: string) => issues.addIssue(why);
  const settings = settingsOf(parsed);
  const { rope_theta: base, partial_rotary_factor: share } = settings;
  const isLong = settings.rope_type === 'longrope';
  const rotary = (headWidth: number) => {
    const one = isLong
      ? longrope(settings, { base, rotated: Math.floor(headWidth * share) }, add)
      : rotaryOf({ rope_parameters: settings }, headWidth, { base, share }, add);
    return perLayer(parsed.num_hidden_layers, () => one);
  };
  const block = blockConfig('phi3', parsed, { rotary }, add);
  return {
    ...block,
    bias: { queryKeyValue: false, attentionOutput: false, mlp: false },
    // A longer sequence has other frequencies, those of its first tokens included.
    contextLength: isLong ? parsed.original_max_position_embeddings : block.contextLength,
    contextIsHard: isLong,
    windows: perLayer(block.layers, () => parsed.sliding_window ?? null),
  };
});
