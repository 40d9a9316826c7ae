import { z } from 'zod';
import { field, group, real } from '../config/fields/field.ts';
import { keelGroups } from '../config/groups/group-presets.ts';
import { headingFields } from '../config/groups/heading.ts';
import { onlineFields } from '../config/groups/online.ts';
import { allFrom, from, type Presets } from '../config/preset.ts';
import { type CrossCheck, onlineChecks } from '../config/resolving/cross-checks.ts';
import { metricGroup } from '../metrics/metric-entry.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { onlineLists, onlinePlots } from '../recipe-parts/online-plots.ts';
import { plot } from '../recipe-parts/plot-spec.ts';
import { accuracyMetrics, preferenceMetrics } from '../recipe-parts/preference-parts.ts';

const TRL = 'TRL OnlineDPOConfig';

/** DPO on the policy's own responses: the config file of `recipe: online-dpo`. Docs: docs/algorithms/online-dpo.md. */
const schema = z.strictObject({
  ...headingFields('online-dpo'),
  ...onlineFields,
  method: group(
    {
      loss_type: field(z.enum(['sigmoid', 'ipo']), {
        description: 'Loss of a pair: logistic (`sigmoid`), or a squared distance to a fixed margin (`ipo`).',
        source: `${TRL}.loss_type`,
      }),
      beta: field(real(1e-6, 1e3), {
        description:
          'How strongly the policy is held near the reference: larger values keep it closer. With `ipo`, the margin ' +
          'to reach is 1 / (2β).',
        symbol: 'β',
        source: `${TRL}.beta`,
        live: { label: 'β' },
      }),
      missing_eos_penalty: field(real(0, 1e6).nullable(), {
        description:
          'What a response that did not end by itself loses of its score before it is compared; null for nothing.',
        source: `${TRL}.missing_eos_penalty`,
      }),
    },
    'Settings of the method.',
  ),
});
type File = z.infer<typeof schema>;

const twoResponses: CrossCheck = {
  fields: ['rollouts.num_generations'],
  fault: (size: number) =>
    size === 2 ? null : { why: `is ${size}, and two responses to each prompt are compared`, fix: 'Use 2.' },
};

const wholePairs = (path: string): CrossCheck => ({
  fields: [path],
  fault: (size: number | null) =>
    size === null || size % 2 === 0
      ? null
      : { why: `is ${size}, which would part the two responses of a pair`, fix: 'Use an even number.' },
});

const keel = keelGroups(TRL, 2);
const heading = {
  name: from('Keel: the recipe', 'online-dpo'),
  seed: from('Keel: the seed of the other methods', 0),
};
const GUO = 'Guo et al. 2024 (arXiv 2402.04792)';

const presets: Presets<File> = {
  keel: {
    ...keel,
    ...heading,
    generation: { ...keel.generation, ...allFrom(TRL, { max_new_tokens: 64, temperature: 0.9 }) },
    optimizer: { ...keel.optimizer, learning_rate: from(`${TRL}.learning_rate`, 5e-7) },
    method: allFrom(TRL, { loss_type: 'sigmoid' as const, beta: 0.1, missing_eos_penalty: null }),
  },
  authors: {
    ...keel,
    ...heading,
    generation: {
      ...keel.generation,
      max_new_tokens: from(`${TRL}.max_new_tokens`, 64),
      temperature: from(`${GUO}: temperature 0.9 in training`, 0.9),
    },
    optimizer: { ...keel.optimizer, learning_rate: from(`${GUO}: 5e-7 with a warm-up`, 5e-7) },
    method: {
      ...allFrom(`${GUO}: β 0.1 for DPO`, { loss_type: 'sigmoid' as const, beta: 0.1 }),
      missing_eos_penalty: from(`${GUO}: none`, null),
    },
  },
};

const MARGIN = plot('margin', 'Margin', 'nats', [{ key: 'rewards/margins', label: 'training' }]);
const ACCURACY = plot('accuracy', 'Accuracy', 'share of pairs', [{ key: 'rewards/accuracies', label: 'training' }]);
const PREFERENCES = [
  'rewards/chosen',
  'rewards/rejected',
  'rewards/margins',
  'logps/chosen',
  'logps/rejected',
] as const;
type Preference = (typeof PREFERENCES)[number];
const ofPairs = Object.fromEntries(PREFERENCES.map((key) => [key, preferenceMetrics[key]])) as Pick<
  typeof preferenceMetrics,
  Preference
>;

/** The descriptor of the recipe. */
export const onlineDpo = describeRecipe({
  name: 'online-dpo',
  title: 'Online DPO',
  note: 'DPO on pairs of responses that the policy samples itself and the reward compares: no pairs and no critic are needed.',
  order: 80,
  color: { light: '#a8571f', dark: '#f0a878' },
  kind: 'online',
  artifacts: ['policy'],
  data: 'prompts',
  schema,
  presets,
  checks: [...onlineChecks, twoResponses, wholePairs('updates.minibatch_size'), wholePairs('engine.micro_batch_size')],
  headline: ['model', 'data.files', 'reward', 'method.beta', 'method.loss_type', 'updates.total_iterations'],
  // Only the order of two scores counts: β is not in their unit, so neither λ nor kl_coef can be converted to it.
  anchor: null,
  metrics: {
    ...ofPairs,
    'rewards/accuracies': accuracyMetrics['rewards/accuracies'],
    ...metricGroup('Online DPO', {
      'objective/scores_margin': [
        'score',
        'Score of the better response minus that of the other, a penalty for a missing end included',
        'mean over the pairs of the iteration',
        'none',
        'TRL',
        'Positive; near 0, all responses to a prompt are alike.',
      ],
      'val/contain_eos_token': [
        'share',
        'Responses that ended by themselves',
        'over the responses of the iteration',
        'up',
        'TRL',
      ],
      'online_dpo/ties': [
        'share',
        'Pairs with equal scores, of which the first response counts as the better one, as in TRL',
        'over the pairs of the iteration',
        'down',
        'Keel',
        'Below 0.5; near 1, the reward cannot tell the responses apart.',
      ],
      beta: ['1', 'beta in effect', 'in the iteration', 'none', 'TRL'],
    }),
  },
  ...onlineLists,
  plots: onlinePlots.flatMap((spec) =>
    spec.id === 'loss'
      ? [plot('loss', 'Loss', 'of the policy', [{ key: 'loss/policy_avg', label: 'policy' }]), MARGIN, ACCURACY]
      : [spec],
  ),
  card: {
    name: 'online direct preference optimization',
    text: 'DPO loss on pairs of sampled responses, of which the reward scored one higher.',
    source: 'Guo et al. 2024, Direct Language Model Alignment from Online AI Feedback, arXiv:2402.04792',
  },
});
