import { z } from 'zod';
import { field, group, real } from './field.ts';
import { headingFields } from './heading.ts';
import { methodFields, onlineFields } from './online.ts';
import { authorsOnline, keelOnline } from './online-presets.ts';
import { allFrom, from, type Presets } from './preset.ts';

/** Advantage-weighted regression: the config file of `recipe: awr`. Docs: docs/algorithms/awr.md. */
export const awrSchema = z.strictObject({
  ...headingFields('awr'),
  ...onlineFields,
  method: group(
    {
      awr_lambda: field(real(1e-6, 1e6), {
        description: 'Temperature of the weights exp(A / λ), with A as scaled.',
        symbol: 'λ',
        unit: 'units of the scaled advantage',
        source: 'Peng et al. 2019 (arXiv 1910.00177), where it is β',
        live: { label: 'λ' },
      }),
      weight_max: field(real(1e-6, 1e20).nullable(), { description: 'Weights are capped here; null for no cap.' }),
      ...methodFields,
    },
    'The method itself.',
  ),
});
export type AwrFile = z.infer<typeof awrSchema>;

const TOP_K = 'top_k left at the default of transformers 4.27';

export const awrPresets: Presets<AwrFile> = {
  keel: {
    ...keelOnline,
    name: from('Keel: the recipe', 'awr'),
    seed: from('RLHF-APA: seed 0', 0),
    method: {
      awr_lambda: from('Peng et al. 2019: temperature 1; one λ with APA', 1),
      weight_max: from('Peng et al. 2019, appendix: weights clipped at 20', 20),
      ...allFrom('RLHF-APA, HH', { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
  authors: {
    ...authorsOnline({ learningRate: 1e-6, maxLength: 1000, clipReward: 100, topK: 50, topKSource: TOP_K }),
    name: from('Keel: the recipe', 'awr'),
    seed: from('RLHF-APA: seed 0', 0),
    method: {
      awr_lambda: from('RLHF-APA, HH: adv_coeff_log 0.5 = 1/λ', 2),
      weight_max: from('RLHF-APA: no cap', null),
      ...allFrom('RLHF-APA, HH', { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
};
