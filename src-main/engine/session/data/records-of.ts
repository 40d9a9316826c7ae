import { KeelError } from '#contract/errors.ts';
import type { Comparison, DataRecord, Demonstration, Judgment, Prompt } from '../../records.ts';
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
    const { prompt, origin, template } = record;
    return { kind: 'prompt', prompt, origin, ...(template && { template }) };
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
    const shared = {
      kind: 'demonstration' as const,
      origin: record.origin,
      ...(record.template && { template: record.template }),
    };
    if (record.kind === 'comparison') {
      return [{ ...shared, prompt: record.prompt, completion: record.chosen }];
    }
    if (record.kind === 'judgment') {
      return record.label ? [{ ...shared, prompt: record.prompt, completion: record.completion }] : [];
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

/** Judged responses, and preference pairs, whose responses count as judged; every other kind is rejected. */
export function judgmentsOf(records: readonly DataRecord[]): readonly (Judgment | Comparison)[] {
  return records.map((record) => {
    if (record.kind === 'judgment' || record.kind === 'comparison') return record;
    throw wrongKind(record.kind, 'judged responses (completion and label) or preference pairs');
  });
}
