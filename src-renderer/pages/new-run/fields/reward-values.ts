import { ruleFields } from '#contract/config/index.ts';

export type RewardKind = 'model' | 'rules' | 'sum';
export type PlainRecord = Readonly<Record<string, unknown>>;

export const REWARD_NAMES: Readonly<Record<RewardKind, string>> = {
  model: 'A reward model',
  rules: 'Rules',
  sum: 'A weighted sum',
};

export const RULE_FIELDS = ruleFields();

/** The parts of a reward that are present so far, even if it is incomplete or invalid. */
export interface RewardPart {
  readonly type: RewardKind | null;
  readonly model: string;
  readonly rules: readonly PlainRecord[];
  readonly parts: readonly PlainRecord[];
}

const isRecord = (value: unknown): value is PlainRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const records = (value: unknown) => (Array.isArray(value) ? value.map((one) => (isRecord(one) ? one : {})) : []);

/** Reads a config value as a reward; never throws. */
export function asPart(value: unknown): RewardPart {
  const { type, model, rules, parts } = isRecord(value) ? value : ({} as PlainRecord);
  const isKnown = typeof type === 'string' && type in REWARD_NAMES;
  return {
    type: isKnown ? (type as RewardKind) : null,
    model: typeof model === 'string' ? model : '',
    rules: records(rules),
    parts: records(parts),
  };
}

const FRESH_RULES: Readonly<Record<string, PlainRecord>> = {
  length: { type: 'length', unit: 'words', max: 40 },
  regex: { type: 'regex', pattern: '.' },
  contains: { type: 'contains', texts: ['please'] },
  expression: { type: 'expression', expression: 'min(length_words / 40, 1)' },
  from_prompt: { type: 'from_prompt', pattern: '[A-Z][a-z]+', mode: 'any' },
  exact_answer: { type: 'exact_answer' },
  json_schema: { type: 'json_schema', schema: '{"type": "object"}' },
};

/** A valid default rule for the user to edit. */
export function freshRule(type: string): PlainRecord {
  return FRESH_RULES[type] ?? { type };
}

export function freshReward(kind: RewardKind): PlainRecord {
  if (kind === 'model') return { type: 'model', model: '' };
  if (kind === 'rules') return { type: 'rules', rules: [freshRule('length')] };
  return { type: 'sum', parts: [{ weight: 1, reward: freshReward('rules') }] };
}
