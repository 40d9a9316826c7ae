import { z } from 'zod';
import { epsilon } from './config-fields.ts';
import { type Block, blockConfig, blockFields, perLayer } from './gated-block.ts';
import type { ModelConfig } from './model-config.ts';
import { rotaryByType, rotaryByTypeFields } from './rotary-by-type.ts';

const fields = { ...blockFields, rms_norm_eps: epsilon.default(1e-5) };

function olmo(
  family: 'olmo2' | 'olmo3',
  parsed: Block,
  rest: Parameters<typeof blockConfig>[2],
  add: (why: string) => void,
) {
  const block = blockConfig(family, parsed, rest, add);
  return { ...block, bias: { ...block.bias, mlp: false } };
}

/** config.json of OLMo 2. */
export const olmo2Schema = z
  .looseObject(fields)
  .transform((parsed, issues): Omit<ModelConfig, 'raw'> => olmo('olmo2', parsed, {}, (why) => issues.addIssue(why)));

/** config.json of OLMo 3: by default, three layers of four have a window, which YaRN does not stretch. */
export const olmo3Schema = z
  .looseObject({ ...fields, ...rotaryByTypeFields })
  .transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
    const add = (why: string) => issues.addIssue(why);
    const { num_hidden_layers: layers, layer_types: types, sliding_window: given } = parsed;
    const slides = (layer: number) => (types ? types[layer] === 'sliding_attention' : (layer + 1) % 4 !== 0);
    // transformers reads `rope_theta` of older files for full attention only.
    const bases = { full: 500_000, sliding: 500_000 };
    const rotary = (headWidth: number) => rotaryByType(parsed, { headWidth, layers, slides }, bases, add);
    const window = given === undefined ? 4096 : given;
    return {
      ...olmo('olmo3', { ...parsed, rope_parameters: null }, { rotary }, add),
      windows: perLayer(layers, (layer) => (slides(layer) ? window : null)),
    };
  });
