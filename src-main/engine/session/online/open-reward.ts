import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OnlineConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { readExactJson } from '#contract/exact-json.ts';
import { type Certified, judgeCertificate } from '#contract/statistics/judge-certificate.ts';
import type { AskedPrompt } from '../../records.ts';
import { createModelReward, type Reward } from '../../reward/model-reward.ts';
import { createRuleReward, type Rule } from '../../reward/rule-rewards.ts';
import { bucketLength } from '../../tokenizer/rows/pad-rows.ts';
import { eosEndsOf } from '../../tokenizer/rows/response-ends.ts';
import { tokenRowOfDemonstration } from '../../tokenizer/rows/token-rows.ts';
import type { SharedBase } from '../adapters/shared-base.ts';
import type { RecipeContext } from '../context.ts';
import { openFrozenReward } from '../open-models.ts';
import type { OpenedReward } from './finite-scores.ts';

export type RewardConfig = OnlineConfig['reward'];
type ModelRewardConfig = Extract<RewardConfig, { readonly type: 'model' }>;

/** Rows per forward pass of a reward model. */
const ROWS = 32;

function readCertified(path: string): { readonly certificate?: Certified } {
  try {
    return readExactJson(readFileSync(path, 'utf8')) as { certificate?: Certified };
  } catch (error) {
    throw new KeelError({
      code: 'certificate_unreadable',
      why: `${path}, which contains the certificate of the reward model, could not be read.`,
      fix: 'Restore it from a copy, train the reward model again, or set certificate_required: false.',
      cause: error,
    });
  }
}

/** Rejects a reward model without a certificate, or whose held-out accuracy may be due to chance. */
export function requireCertificate(folder: string): void {
  const path = join(folder, 'keel.json');
  const stored = existsSync(path) ? readCertified(path) : {};
  const verdict = judgeCertificate(stored.certificate ?? null, `The reward model ${folder}`);
  if (!verdict.isAccepted) throw new KeelError({ code: verdict.code, why: verdict.why, fix: verdict.fix });
}

interface Place {
  /** Prefix of the variable names. */
  readonly prefix: string;
  /** Path of the reward in the config. */
  readonly path: string;
  /** Whether reward models need certificates. */
  readonly certified: boolean;
  /** The policy's base, which an adapted reward model shares. */
  readonly base: SharedBase | null;
}

function openModelReward(
  context: RecipeContext<OnlineConfig>,
  reward: ModelRewardConfig,
  { prefix, path, certified, base }: Place,
): OpenedReward {
  const folder = context.locate(reward.model);
  if (certified && context.config.certificateRequired) requireCertificate(folder);
  const { frozenDtype } = context.config.engine;
  const { model, weightsOf, tokenizer } = openFrozenReward(context, reward.model, prefix, frozenDtype, base);
  const maxLength = Math.min(reward.maxLength ?? model.config.contextLength, model.config.contextLength);
  const ends = model.config.responseEnds ?? eosEndsOf(tokenizer);
  const rowOf = ({ prompt, template }: AskedPrompt, response: string, limit: { readonly maxLength?: number }) => {
    const completion = typeof prompt === 'string' ? response : [{ role: 'assistant', content: response }];
    const texts = { prompt, completion, ...(template && { template }) };
    const demonstration = { kind: 'demonstration' as const, ...texts, origin: { file: '', line: 0 } };
    return tokenRowOfDemonstration(tokenizer, demonstration, { ...limit, ends }).row.ids;
  };
  const score = createModelReward(context.runtime, {
    name: `score-${prefix}`,
    model,
    weightsOf,
    encode: (asked, response) => rowOf(asked, response, { maxLength }),
    padTokenId: tokenizer.padTokenId,
    rows: ROWS,
    bucket: (longest) => bucketLength(longest, maxLength),
  });
  const fix = `Check the model with \`keel model inspect ${folder}\`, then start a new run with a working reward model.`;
  const place = `${path} (the model ${reward.model})`;
  const promptCut = (asked: AskedPrompt, responseTokens: number) =>
    Math.max(0, rowOf(asked, '', {}).length + responseTokens - maxLength);
  return { score, models: [{ place, promptCut }], parts: [{ place, fix, score }] };
}

const textOf = ({ prompt }: AskedPrompt) => prompt;
const answerOf = ({ answer }: AskedPrompt) => answer;

const BOUND_RULE = 'Limit it with clamp(x, low, high) or lower its weight in the config, then start a new run.';

function openRuleReward(rules: readonly Rule[], path: string): OpenedReward {
  const parts = rules.map((rule, index) => {
    const ofRule = createRuleReward([rule]);
    const score: Reward = (asked, responses) => ofRule(asked.map(textOf), responses, asked.map(answerOf));
    return { place: `${path}.rules[${index}] (${rule.type})`, fix: BOUND_RULE, score };
  });
  const ofRules = createRuleReward(rules);
  return { score: (asked, responses) => ofRules(asked.map(textOf), responses, asked.map(answerOf)), models: [], parts };
}

function openAt(context: RecipeContext<OnlineConfig>, reward: RewardConfig, place: Place): OpenedReward {
  const { prefix, path } = place;
  if (reward.type === 'model') return openModelReward(context, reward, place);
  if (reward.type === 'rules') return openRuleReward(reward.rules, path);
  const opened = reward.parts.map((part, index) => {
    const at = { ...place, prefix: `${prefix}_${index}`, path: `${path}.parts[${index}].reward` };
    return { weight: part.weight, ...openAt(context, part.reward, at) };
  });
  const score: Reward = (prompts, responses) => {
    const sum = new Float32Array(responses.length);
    for (const one of opened) {
      one.score(prompts, responses).forEach((value, index) => {
        sum[index]! += one.weight * value;
      });
    }
    return sum;
  };
  return { score, models: opened.flatMap(({ models }) => models), parts: opened.flatMap(({ parts }) => parts) };
}

/**
 * Opens the reward or judge that scores the responses of a run; `role` is its place in the config and names its
 * variables. A reward requires certificates of its models, a judge does not.
 */
export function openReward(
  context: RecipeContext<OnlineConfig>,
  reward: RewardConfig,
  role: 'reward' | 'judge',
  base: SharedBase | null = null,
): OpenedReward {
  return openAt(context, reward, { prefix: role, path: role, certified: role === 'reward', base });
}
