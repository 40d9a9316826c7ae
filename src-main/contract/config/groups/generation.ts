import { z } from 'zod';
import { field, group, real, whole } from '../fields/field.ts';
import { allFrom, type Preset } from '../preset.ts';

/** How responses are sampled. Docs: docs/algorithms/apa.md, rollout. */
export const generationGroup = group(
  {
    max_new_tokens: field(whole(1, 65_536), { description: 'Maximum length of a response.', unit: 'tokens' }),
    min_new_tokens: field(whole(0, 65_536), {
      description:
        'Minimum length of a response: stop tokens are forbidden before it. Above 0, the sampled distribution ' +
        'differs from the scored one.',
      unit: 'tokens',
    }),
    temperature: field(real(0.01, 100), { description: 'Divides the logits, both in sampling and in scoring.' }),
    top_k: field(whole(0, 1_000_000), {
      description:
        'Sample from the k most likely tokens only; 0 for all. Truncation makes the sampled distribution differ from ' +
        'the scored one.',
    }),
    top_p: field(real(1e-6, 1), {
      description:
        'Sample from the most likely tokens whose probabilities sum to p; 1 for all. Truncation has the same effect ' +
        'as with `top_k`.',
    }),
    do_sample: field(z.boolean(), { description: 'Sample responses. If off, always take the most likely token.' }),
    stop_strings: field(z.array(z.string().min(1).max(1000)).max(100), {
      description:
        'Texts that end a response; it is cut before the first one that occurs. Special tokens are part of the text ' +
        'that is searched.',
    }),
  },
  'How responses are sampled.',
);
export type GenerationGroup = z.infer<typeof generationGroup>;

export const generationPreset = {
  ...allFrom('docs/algorithms/apa.md: sampling distribution = scored distribution', {
    min_new_tokens: 0,
    temperature: 1,
    top_k: 0,
    top_p: 1,
    do_sample: true,
  }),
  ...allFrom('TRL PPOConfig.response_length', { max_new_tokens: 53 }),
  ...allFrom('Keel: the stop token ends a response', { stop_strings: [] as string[] }),
} satisfies Preset<GenerationGroup>;

const HH = 'RLHF-APA, HH online: ';

export const authorsGenerationPreset = (topK: number, why: string) =>
  ({
    ...allFrom(`${HH}generation settings`, { max_new_tokens: 128, min_new_tokens: 0, temperature: 1, top_p: 1 }),
    ...allFrom(HH + why, { top_k: topK, do_sample: true }),
    ...allFrom(`${HH}stop sequences`, { stop_strings: ['Human:', 'human:', 'Assistant:', 'assistant:'] }),
  }) satisfies Preset<GenerationGroup>;
