import { KeelError } from '#contract/errors.ts';
import type { Comparison, DataRecord, Demonstration, Prompt } from '../../records.ts';
import { type LedgerTally, placeOf } from './ledger-tally.ts';

function wrongKind(kind: string, wanted: string): KeelError {
  return new KeelError({
    code: 'dataset.wrong_type',
    why: `The dataset contains ${kind} records; this recipe needs ${wanted}.`,
    fix: 'Use another file, or map the columns under data.columns.',
  });
}

/** The prompts of all records that have one. */
export function promptsOf(records: readonly DataRecord[]): readonly Prompt[] {
  return records.map((record) => {
    if (record.kind === 'prompt') return record;
    if (record.prompt === null) throw wrongKind('language modeling', 'prompts');
    return { kind: 'prompt', prompt: record.prompt, origin: record.origin };
  });
}

/**
 * Texts to imitate: demonstrations as they are, the chosen side of comparisons, and the approved judgments. The
 * disapproved ones are left out.
 */
export function demonstrationsOf(
  records: readonly DataRecord[],
  ledger: Pick<LedgerTally, 'leaveOut'>,
): readonly Demonstration[] {
  ledger.leaveOut('disapproved', records.filter((record) => record.kind === 'judgment' && !record.label).map(placeOf));
  return records.flatMap((record): Demonstration[] => {
    if (record.kind === 'demonstration') return [record];
    const { origin } = record;
    if (record.kind === 'comparison') {
      return [{ kind: 'demonstration', prompt: record.prompt, completion: record.chosen, origin }];
    }
    if (record.kind === 'judgment') {
      return record.label
        ? [{ kind: 'demonstration', prompt: record.prompt, completion: record.completion, origin }]
        : [];
    }
    throw wrongKind('prompt-only', 'texts or completions to train on');
  });
}

/** Preference pairs; every other kind is rejected. */
export function comparisonsOf(records: readonly DataRecord[]): readonly Comparison[] {
  return records.map((record) => {
    if (record.kind === 'comparison') return record;
    throw wrongKind(record.kind, 'preference pairs (chosen and rejected)');
  });
}
