import { valueAt } from '../config/index.ts';
import { findFacts } from '../page-words.ts';

/** What the engine compares evaluations by where a recipe has no judge, highest or, for a loss, lowest first. */
const BY_RECIPE = ['eval/reward', 'eval/accuracy', 'eval/loss'] as const;
const NAMES: Readonly<Record<string, string>> = {
  'eval/judge': 'judge',
  'eval/reward': 'held-out reward',
  'eval/accuracy': 'held-out accuracy',
  'eval/loss': 'held-out loss',
};

/**
 * The metric that says which checkpoint of a run is the best: the judge's score where the config has a judge, otherwise
 * the held-out reward; of a reward model its accuracy, of SFT its loss. Null for a run that trains nothing.
 */
export function bestMetric(recipe: string, config: Readonly<Record<string, unknown>>): string | null {
  const facts = findFacts(recipe);
  if (!facts) return null;
  if (facts.kind === 'online') return valueAt(config, 'judge') ? 'eval/judge' : 'eval/reward';
  return BY_RECIPE.find((key) => facts.figures.some((figure) => figure === key)) ?? null;
}

/** The metric's short name. */
export function bestName(key: string): string {
  return NAMES[key] ?? key;
}
