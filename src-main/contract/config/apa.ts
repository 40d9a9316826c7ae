import { z } from 'zod';
import { field, group, real } from './field.ts';
import { headingFields } from './heading.ts';
import { methodFields, onlineFields } from './online.ts';
import { authorsOnline, keelOnline } from './online-presets.ts';
import { allFrom, from, type Presets } from './preset.ts';

/** Advantage-Induced Policy Alignment: the config file of `recipe: apa`. Docs: docs/algorithms/apa.md. */
export const apaSchema = z.strictObject({
  ...headingFields('apa'),
  ...onlineFields,
  method: group(
    {
      apa_lambda: field(real(1e-6, 1e6), {
        description: 'Strength of the anchor: the target is log π_init + A / λ, with A as scaled.',
        symbol: 'λ',
        unit: 'units of the scaled advantage',
        source: 'Zhu et al. 2023 (arXiv 2306.02231)',
        live: { label: 'λ' },
      }),
      ...methodFields,
    },
    'The method itself.',
  ),
});
export type ApaFile = z.infer<typeof apaSchema>;

const TOP_K = 'top_k left at the default of transformers 4.27';

export const apaPresets: Presets<ApaFile> = {
  keel: {
    ...keelOnline,
    name: from('Keel: the recipe', 'apa'),
    seed: from('RLHF-APA: seed 0', 0),
    method: {
      apa_lambda: from('docs/algorithms/apa.md: normalized targets need std(A) / λ below about 1', 1),
      ...allFrom('RLHF-APA, HH', { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
  authors: {
    ...authorsOnline({ learningRate: 1e-6, maxLength: 1000, clipReward: 100, topK: 50, topKSource: TOP_K }),
    name: from('Keel: the recipe', 'apa'),
    seed: from('RLHF-APA: seed 0', 0),
    method: {
      apa_lambda: from('RLHF-APA, HH: adv_coeff_sq 10 = 1/λ', 0.1),
      ...allFrom('RLHF-APA, HH', { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
};
