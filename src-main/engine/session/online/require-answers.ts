import { KeelError } from '#contract/errors.ts';
import type { Prompt } from '../../records.ts';
import { needsAnswer, type Rule } from '../../reward/rule-rewards.ts';
import type { RewardConfig } from './open-reward.ts';

function rulesOf(reward: RewardConfig): readonly Rule[] {
  if (reward.type === 'sum') return reward.parts.flatMap((part) => rulesOf(part.reward));
  return reward.type === 'rules' ? reward.rules : [];
}

/** Throws `reward_answer_missing` if a rule checks the answer to a prompt for which the data give none. */
export function requireAnswers(rewards: readonly (RewardConfig | null)[], prompts: readonly Prompt[]): void {
  const isNeeded = needsAnswer(rewards.flatMap((reward) => (reward ? rulesOf(reward) : [])));
  const without = prompts.filter(({ prompt, answer }) => answer === undefined && isNeeded(prompt));
  const [first] = without;
  if (!first) return;
  const { file, line } = first.origin;
  throw new KeelError({
    code: 'reward_answer_missing',
    why: `A rule of type exact_answer applies to ${without.length} of ${prompts.length} prompts that have no answer; the first is ${file}, line ${line}.`,
    fix: 'Add a column `answer` to the prompts, or limit the rule with when_prompt.',
  });
}
