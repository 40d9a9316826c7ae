import { z } from 'zod';
import { field, group, real, whole } from '../fields/field.ts';
import { modelField } from './heading.ts';

const weight = field(real(-1e6, 1e6).default(1), { description: 'Weight of the rule in the sum.' });
const ignoreCase = field(z.boolean().default(false), { description: 'Treat uppercase and lowercase as equal.' });
const text = () => z.string().min(1).max(10_000);
const pattern = () => z.string().min(1).max(4000);

/** Any rule can be limited to some prompts; for others, it adds nothing. */
const condition = {
  when_prompt: field(pattern().nullable().default(null), {
    description: 'Apply the rule only if this pattern occurs in the prompt; null for every prompt.',
  }),
  unless_prompt: field(pattern().nullable().default(null), {
    description: 'Apply the rule only if this pattern does not occur in the prompt; null for every prompt.',
  }),
};

const lengthRule = group(
  {
    type: field(z.literal('length'), { description: '1 from `min` to `max`, falling to 0 over `falloff` outside.' }),
    unit: field(z.enum(['characters', 'words']), { description: 'The unit that is counted.' }),
    min: field(whole(0, 10_000_000).default(0), { description: 'Minimum length that gets 1.' }),
    max: field(whole(0, 10_000_000), { description: 'Maximum length that gets 1.' }),
    falloff: field(real(0, 1e7).default(0), { description: 'Distance from the range at which the score reaches 0.' }),
    weight,
    ...condition,
  },
  'Length of the response.',
);

const regexRule = group(
  {
    type: field(z.literal('regex'), { description: '1 if the pattern occurs in the response, 0 otherwise.' }),
    pattern: field(pattern(), {
      description: 'Regular expression without backreferences or lookaround, matched in linear time.',
    }),
    ignore_case: ignoreCase,
    weight,
    ...condition,
  },
  'A pattern in the response.',
);

const containsRule = group(
  {
    type: field(z.literal('contains'), { description: 'Searches the response for texts.' }),
    texts: field(z.array(text()).min(1).max(1000), { description: 'Texts to search for.' }),
    mode: field(z.enum(['any', 'all', 'share']).default('any'), {
      description: '`any`: 1 if any text occurs; `all`: 1 if all occur; `share`: the share of texts that occur.',
    }),
    ignore_case: ignoreCase,
    weight,
    ...condition,
  },
  'Texts in the response.',
);

const expressionRule = group(
  {
    type: field(z.literal('expression'), { description: 'A formula of counts and lengths.' }),
    expression: field(z.string().min(1).max(10_000), {
      description: 'Formula, see docs/rewards.md; for example, `min(length_words / 40, 1) - 0.5 * count("!")`.',
    }),
    weight,
    ...condition,
  },
  'A formula in a small language of its own; it cannot run JavaScript.',
);

const fromPromptRule = group(
  {
    type: field(z.literal('from_prompt'), {
      description: 'Compares what a pattern captures in the response and in the prompt.',
    }),
    pattern: field(pattern(), {
      description:
        'Pattern to search for in the response; its first group that matched counts, or else the whole match.',
    }),
    prompt_pattern: field(pattern().nullable().default(null), {
      description: 'Pattern to search for in the prompt, in the same way; null for `pattern`.',
    }),
    mode: field(z.enum(['any', 'only']), {
      description:
        '`any`: 1 if the response has one of the prompt’s captures; `only`: 1 if it has none other than the prompt’s.',
    }),
    ignore_case: ignoreCase,
    weight,
    ...condition,
  },
  'Names, numbers, and other facts that the response should take from the prompt.',
);

const exactAnswerRule = group(
  {
    type: field(z.literal('exact_answer'), {
      description: "1 if the response gives the answer in its prompt's row (`answer` or `solution`), 0 otherwise.",
    }),
    pattern: field(pattern().nullable().default(null), {
      description:
        'Pattern of an answer in the response; the first group of the last match counts, or else the whole match. Null ' +
        'for the whole response without blanks around it.',
    }),
    numeric: field(z.boolean().default(true), {
      description: 'Compare numbers by their value, so that 1,000 equals 1000.0; anything else is compared as text.',
    }),
    ignore_case: ignoreCase,
    weight,
    ...condition,
  },
  'The answer that the data give for the prompt.',
);

const jsonSchemaRule = group(
  {
    type: field(z.literal('json_schema'), {
      description: '1 if the response is JSON that conforms to the schema, 0 otherwise.',
    }),
    schema: field(z.string().min(2).max(100_000), {
      description: 'JSON Schema as JSON text; for example, `{"type": "object", "required": ["name"]}`.',
    }),
    weight,
    ...condition,
  },
  'A response in JSON.',
);

export const ruleSchema = z.discriminatedUnion('type', [
  lengthRule,
  regexRule,
  containsRule,
  expressionRule,
  fromPromptRule,
  exactAnswerRule,
  jsonSchemaRule,
]);

const modelReward = group(
  {
    type: field(z.literal('model'), { description: 'A reward model scores the text, using its own tokenizer.' }),
    model: modelField('The reward model'),
    max_length: field(whole(2, 1_048_576).nullable().default(null), {
      description: "Maximum length of the scored text, which is cut on the left; null for the reward model's context.",
      unit: 'tokens',
    }),
  },
  'A reward model.',
);

const ruleReward = group(
  {
    type: field(z.literal('rules'), { description: 'Weighted sum of rules.' }),
    rules: field(z.array(ruleSchema).min(1).max(100), { description: 'The rules.' }),
  },
  'Rules.',
);

const sumReward = group(
  {
    type: field(z.literal('sum'), { description: 'Weighted sum of rewards.' }),
    parts: field(
      z
        .array(
          z.strictObject({
            weight: field(real(-1e6, 1e6), { description: 'Weight of the part.' }),
            reward: field(z.discriminatedUnion('type', [modelReward, ruleReward]), { description: 'The part.' }),
          }),
        )
        .min(1)
        .max(20),
      { description: 'The parts.' },
    ),
  },
  'Several rewards.',
);

/** What scores a response: a reward model, rules, or a weighted sum. */
export const rewardSchema = z.discriminatedUnion('type', [modelReward, ruleReward, sumReward]);
export type RewardFile = z.infer<typeof rewardSchema>;

export const rewardField = field(rewardSchema, {
  description:
    'What scores a response: a reward model (`type: model`), rules (`type: rules`), or a weighted sum (`type: sum`).',
});

export const judgeField = field(rewardSchema.nullable(), {
  description: 'An independent reward of the same form, used only for evaluation, never for training; null for none.',
});
