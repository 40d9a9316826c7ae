import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import { LedgerTally, placeOf } from '../data/ledger-tally.ts';
import type { PromptRow } from '../data/training-rows.ts';
import type { ScoringModel } from './finite-scores.ts';

/** Prompts whose responses a model scores. */
export interface ScoredPrompts {
  readonly models: readonly ScoringModel[];
  readonly prompts: readonly PromptRow[];
}

/**
 * The ledger with the prompts that the models that score cannot read whole if a response has `responseTokens` tokens,
 * the most that is generated: they would lose tokens at their beginning. A model with a tokenizer of its own may count
 * the response differently.
 */
export function withScoredCuts(
  ledger: DataLedger,
  scored: readonly ScoredPrompts[],
  responseTokens: number,
): DataLedger {
  const tally = new LedgerTally(ledger.notices);
  for (const { models, prompts } of scored) {
    for (const { place, promptCut } of models) {
      for (const { prompt } of prompts) {
        const cut = promptCut(prompt, responseTokens);
        if (cut > 0) tally.notice('scored_cut', [placeOf(prompt)], cut, place);
      }
    }
  }
  return { ...ledger, notices: tally.record(ledger).notices };
}
