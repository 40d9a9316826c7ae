import { z } from 'zod';
import { field, group, real, whole, words } from '../fields/field.ts';
import { allFrom, from, type Preset } from '../preset.ts';

const LORA = 'PEFT LoraConfig';

const ranks = (description: string, unit: string) =>
  field(z.record(words(), real(1e-6, 65_536)), { description, unit, source: LORA });

/** Low-rank adapters on a frozen base, under PEFT's names; every recipe has this group. */
export const adapterGroup = group(
  {
    peft_type: field(z.enum(['none', 'lora']), {
      description:
        'Train all weights (`none`), or only low-rank additions to frozen ones (`lora`). With `lora`, policy, critic, ' +
        'and reward model share one base in memory, and checkpoints and results hold the additions alone.',
      source: 'Hu et al. 2021 (arXiv 2106.09685)',
    }),
    r: field(whole(1, 1024), { description: 'Rank of an addition.', source: LORA }),
    lora_alpha: field(real(1e-6, 65_536), {
      description: 'Strength of an addition: it is multiplied by `lora_alpha` / `r`.',
      source: LORA,
    }),
    lora_dropout: field(real(0, 0.95), {
      description: 'Share of the inputs of an addition that are set to zero in an update.',
      source: LORA,
    }),
    use_rslora: field(z.boolean(), {
      description: 'Multiply by `lora_alpha` / √`r` instead, so that larger ranks are not weakened.',
      source: `${LORA}; Kalajdzievski 2023 (arXiv 2312.03732)`,
    }),
    target_modules: field(z.array(words()).min(1).max(1000), {
      description:
        'Layers that get an addition: `all-linear` for every linear layer of the blocks, or the ends of layer names ' +
        'such as `q_proj`; the embedding and the output matrix can be named as well.',
      source: LORA,
    }),
    rank_pattern: ranks('Other ranks, by the end of a layer name or a pattern of it.', 'rank'),
    alpha_pattern: ranks('Other values of `lora_alpha`, by the end of a layer name or a pattern of it.', 'alpha'),
  },
  'Low-rank adapters (LoRA) on a frozen base.',
);
export type AdapterGroup = z.infer<typeof adapterGroup>;

export const adapterPreset = {
  peft_type: from('Keel: all weights are trained unless you choose an adapter', 'none' as const),
  ...allFrom(`${LORA}: its defaults`, { r: 8, lora_alpha: 8, lora_dropout: 0, use_rslora: false }),
  ...allFrom(`${LORA}: its defaults`, { rank_pattern: {}, alpha_pattern: {} }),
  target_modules: from('Dettmers et al. 2023 (arXiv 2305.14314): all linear layers are needed', ['all-linear']),
} satisfies Preset<AdapterGroup>;
