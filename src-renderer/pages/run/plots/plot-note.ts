import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import { plotSentence } from '#contract/metrics/normal-sentences.ts';
import { liveLabels, metricFacts } from '#contract/page-facts.ts';
import { findFacts } from '#contract/page-words.ts';

/** What the sentences of a run's plots may speak of. */
export interface NotedRun {
  readonly recipe: string;
  readonly hasJudge: boolean;
}

/** A sentence without a judge where there is none, and with the anchor that the method has instead of λ. */
export function fittedSentence(sentence: string, { recipe, hasJudge }: NotedRun): string {
  const judged = hasJudge ? sentence : sentence.replace(', and the judge rises with both', '');
  const path = findFacts(recipe)?.anchor?.path;
  const label = path ? (liveLabels[path] ?? path) : null;
  return label ? judged.replace('λ', label) : judged.replace(', lower for a larger λ', '');
}

/** The note under a plot: a finding of the doctor, the typical values, or the definition of the metric. */
export function plotNote(key: string, findings: readonly RunFinding[], run: NotedRun): string {
  const sentence = plotSentence(key, findings);
  if (sentence) return fittedSentence(sentence, run);
  const facts = metricFacts[key];
  return facts ? `${facts.formula}; ${facts.aggregation}.` : '';
}
