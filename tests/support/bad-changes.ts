/** A config of each of two methods that passes its schema; fake engines read none of it. */
export const APA_CONFIG = `recipe: apa
name: tiny
model: some/model
data: { files: [prompts.jsonl] }
reward: { type: rules, rules: [{ type: length, max: 9, unit: words, weight: 1 }] }
`;
export const ADAPTIVE_PPO_CONFIG = APA_CONFIG.replace('recipe: apa', 'recipe: ppo').concat(
  'method: { kl_controller: adaptive }\n',
);

/** Changes that no run of {@link APA_CONFIG} may take, with what the refusal has to say. */
export const BAD_CHANGES: readonly (readonly [path: string, value: number, says: RegExp])[] = [
  ['no.such.field', 7, /no\.such\.field is not a field of the config/],
  ['method.apa_lambda', 0, /apa_lambda is 0, below the minimum of 0\.000001/],
  ['method.apa_lambda', -1, /apa_lambda is -1, below/],
  ['method.apa_lambda', 1e7, /apa_lambda is 10000000, above the maximum of 1000000/],
  ['optimizer.learning_rate', -1e-5, /learning_rate is -0\.00001, below/],
  ['optimizer.learning_rate', 2, /learning_rate is 2, above the maximum of 1/],
  ['optimizer.learning_rat', 1e-5, /not a field [\s\S]*Did you mean optimizer\.learning_rate/],
  ['method.gamma', 0.9, /gamma cannot be changed during a run/],
  ['updates.total_iterations', 5, /total_iterations cannot be changed during a run/],
  ['doctor.go_on', 1, /doctor\.go_on is not a field of the config/],
  ['method.awr_lambda', 1, /awr_lambda is not a field of the config/],
  ['__proto__.x', 1, /is not a field of the config/],
];
