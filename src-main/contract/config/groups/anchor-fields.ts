import { field, real } from '../fields/field.ts';

/** λ of APA. */
export const apaLambda = {
  apa_lambda: field(real(1e-6, 1e6), {
    description:
      'How strongly the policy is anchored to its start: the target is log π_init + A / λ, with A the scaled ' +
      'advantage. A larger λ gives a smaller KL.',
    symbol: 'λ',
    unit: 'units of the scaled advantage',
    source: 'Zhu et al. 2023 (arXiv 2306.02231)',
    live: { label: 'λ' },
  }),
};

/** λ of AWR and the cap of its weights. */
export const awrWeights = {
  awr_lambda: field(real(1e-6, 1e6), {
    description:
      'Temperature of the weights exp(A / λ), with A the scaled advantage. A larger λ lets more tokens count.',
    symbol: 'λ',
    unit: 'units of the scaled advantage',
    source: 'Peng et al. 2019 (arXiv 1910.00177), where it is β',
    live: { label: 'λ' },
  }),
  weight_max: field(real(1e-6, 1e20).nullable(), { description: 'Upper limit of the weights; null for none.' }),
};
