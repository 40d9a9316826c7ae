import type { RunLine } from '#contract/api/overview.ts';
import { formatNumber, formatShare } from '../../parts/format-number.ts';
import { metricWords } from '../../plots/metric-words.ts';

/** The figure that a recipe is judged by, and what it cost. */
const MAIN: readonly (readonly [string, string])[] = [
  ['eval/reward', 'reward'],
  ['objective/scores', 'reward'],
  ['eval/accuracy', 'agrees'],
  ['accuracy', 'agrees'],
  ['eval/loss', 'loss'],
  ['loss', 'loss'],
];
const COST: readonly (readonly [string, string])[] = [['objective/kl', 'KL']];

export interface Figure {
  readonly text: string;
  readonly value: number;
  /** What the number is, from the catalog. */
  readonly tip: string;
}

function pick(figures: RunLine['figures'], choices: typeof MAIN): Figure | null {
  const found = choices.find(([key]) => figures[key] !== undefined);
  if (!found) return null;
  const [key, name] = found;
  const value = figures[key]!;
  const text = name === 'agrees' ? formatShare(value) : formatNumber(value, 3);
  return { text: `${name} ${text}`, value, tip: metricWords(key).join('\n') };
}

export function mainFigure({ figures }: RunLine): Figure | null {
  return pick(figures, MAIN);
}

export function costFigure({ figures }: RunLine): Figure | null {
  return pick(figures, COST);
}

const COEFFICIENTS: Readonly<Record<string, string>> = {
  'method.apa_lambda': 'λ',
  'method.awr_lambda': 'λ',
  'method.kl_coef': 'kl_coef',
};

/** `λ 0.5` */
export function coefficientText({ coefficient }: RunLine): string {
  return coefficient ? `${COEFFICIENTS[coefficient.path] ?? coefficient.path} ${formatNumber(coefficient.value)}` : '';
}
