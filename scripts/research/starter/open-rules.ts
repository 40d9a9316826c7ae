import { camelCased } from '../../../src-main/contract/config/fields/camel-case.ts';
import { type RewardFile, rewardSchema } from '../../../src-main/contract/config/groups/reward.ts';
import type { RuleReward } from '../../../src-main/engine/reward/rule-rewards.ts';
import { createRuleReward, type Rule } from '../../../src-main/engine/reward/rule-rewards.ts';

/** The rules of a reward file, ready to score. Throws for a file that is no rule reward. */
export function openRules(file: RewardFile): RuleReward {
  const parsed = rewardSchema.parse(file);
  if (parsed.type !== 'rules') throw new Error(`Expected rules, found ${parsed.type}`);
  return createRuleReward(camelCased(parsed.rules) as readonly Rule[]);
}
