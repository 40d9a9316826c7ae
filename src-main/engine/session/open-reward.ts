import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecipeConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { type Certified, judgeCertificate } from '#contract/statistics/judge-certificate.ts';
import type { Text } from '../records.ts';
import { createModelReward, type Reward } from '../reward/model-reward.ts';
import { createRuleReward } from '../reward/rule-rewards.ts';
import { bucketLength } from '../tokenizer/pad-rows.ts';
import { tokenRowOfDemonstration } from '../tokenizer/token-rows.ts';
import type { RecipeContext } from './context.ts';
import { openFrozenReward } from './open-models.ts';

type OnlineConfig = RecipeConfig<'apa' | 'ppo' | 'awr'>;
export type RewardConfig = OnlineConfig['reward'];
type ModelRewardConfig = Extract<RewardConfig, { readonly type: 'model' }>;

/** Rows of one reward-model forward. */
const ROWS = 32;

function readCertified(path: string): { readonly certificate?: Certified } {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { certificate?: Certified };
  } catch (error) {
    throw new KeelError({
      code: 'certificate_unreadable',
      why: `${path}, which holds the certificate of the reward model, cannot be read.`,
      fix: 'Bring it back from a copy, train the reward model again, or set certificate_required: false.',
      cause: error,
    });
  }
}

/** Refuses a reward model that has no certificate, or whose held-out accuracy may be chance. */
export function requireCertificate(folder: string): void {
  const path = join(folder, 'keel.json');
  const stored = existsSync(path) ? readCertified(path) : {};
  const verdict = judgeCertificate(stored.certificate ?? null, `The reward model ${folder}`);
  if (!verdict.isAccepted) throw new KeelError({ code: verdict.code, why: verdict.why, fix: verdict.fix });
}

function openModelReward(
  context: RecipeContext<OnlineConfig>,
  reward: ModelRewardConfig,
  prefix: string,
  certified: boolean,
): Reward {
  const folder = context.locate(reward.model);
  if (certified && context.config.certificateRequired) requireCertificate(folder);
  const { frozenDtype } = context.config.engine;
  const { model, tokenizer } = openFrozenReward(context, reward.model, prefix, frozenDtype);
  const maxLength = Math.min(reward.maxLength ?? model.config.contextLength, model.config.contextLength);
  const encode = (prompt: Text, response: string): readonly number[] => {
    const completion = typeof prompt === 'string' ? response : [{ role: 'assistant', content: response }];
    const demonstration = { kind: 'demonstration' as const, prompt, completion, origin: { file: '', line: 0 } };
    return tokenRowOfDemonstration(tokenizer, demonstration, { maxLength }).row.ids;
  };
  return createModelReward(context.runtime, {
    name: `score-${prefix}`,
    prefix,
    model,
    encode,
    padTokenId: tokenizer.padTokenId,
    rows: ROWS,
    bucket: (longest) => bucketLength(longest, maxLength),
  });
}

/**
 * What scores the replies of a run. `prefix` names its variables; `certified` asks for certificates of reward models.
 */
export function openReward(
  context: RecipeContext<OnlineConfig>,
  reward: RewardConfig,
  prefix: string,
  certified: boolean,
): Reward {
  if (reward.type === 'model') return openModelReward(context, reward, prefix, certified);
  if (reward.type === 'rules') return createRuleReward(reward.rules);
  const parts = reward.parts.map((part, index) => ({
    weight: part.weight,
    score: openReward(context, part.reward, `${prefix}_${index}`, certified),
  }));
  return (prompts, responses) => {
    const sum = new Float32Array(responses.length);
    for (const { weight, score } of parts) {
      score(prompts, responses).forEach((value, index) => {
        sum[index]! += weight * value;
      });
    }
    return sum;
  };
}
