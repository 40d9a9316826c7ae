import type { OnlineConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { createRuleReward } from '../../reward/rule-rewards.ts';
import { type RewardConfig, requireCertificate } from '../online/open-reward.ts';
import type { FaultList } from './fault-list.ts';
import { checkModelField, type Locate } from './model-faults.ts';

type Rules = Extract<RewardConfig, { readonly type: 'rules' }>['rules'];

/** Every rule by itself, so that each is reported at its own place. */
function checkRules(faults: FaultList, rules: Rules, path: string): void {
  rules.forEach((rule, index) => {
    try {
      createRuleReward([rule]);
    } catch (error) {
      if (!(error instanceof KeelError)) throw error;
      const { code, fix, faults: inner = [] } = error;
      for (const { why } of inner) faults.add({ where: `${path}.rules[${index}]`, why, fix, code });
    }
  });
}

function checkAt(
  faults: FaultList,
  locate: Locate,
  reward: RewardConfig,
  place: { readonly path: string; readonly isCertified: boolean },
): void {
  const { path, isCertified } = place;
  if (reward.type === 'rules') checkRules(faults, reward.rules, path);
  if (reward.type === 'sum') {
    for (const [index, part] of reward.parts.entries())
      checkAt(faults, locate, part.reward, { ...place, path: `${path}.parts[${index}].reward` });
  }
  if (reward.type !== 'model') return;
  const where = `${path}.model`;
  const model = checkModelField(faults, locate, { where, named: reward.model, use: 'head' });
  if (model && isCertified) faults.attempt(where, () => requireCertificate(model.folder));
}

/** Checks the reward and the judge: folders, heads, tokenizers, certificates, patterns, and formulas. */
export function checkRewards(faults: FaultList, locate: Locate, config: OnlineConfig): void {
  checkAt(faults, locate, config.reward, { path: 'reward', isCertified: config.certificateRequired });
  if (config.judge) checkAt(faults, locate, config.judge, { path: 'judge', isCertified: false });
}
