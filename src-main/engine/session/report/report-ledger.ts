import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import { type Fault, KeelError } from '#contract/errors.ts';
import { writeExactJson } from '#contract/exact-json.ts';
import { ledgerLines } from '#contract/ledger-words.ts';
import { LEDGER_EVENT, LEDGER_FILE } from '#contract/run-events.ts';
import { orDiskFull } from '../../../disk/disk-full.ts';
import type { RecipeContext } from '../context.ts';

function keepLedger(runFolder: string, ledger: DataLedger): void {
  const path = join(runFolder, LEDGER_FILE);
  orDiskFull('The data ledger', path, () => {
    writeFileSync(`${path}.partial`, `${writeExactJson(ledger, 2)}\n`);
    renameSync(`${path}.partial`, path);
  });
}

/** What to change so that a row has a token to train on. */
function remedy({ leftOut, limit }: DataLedger, contextLength: number): string {
  const reasons = new Set(leftOut.map(({ reason }) => reason));
  if (limit === null || !(reasons.has('cut_away') || reasons.has('equal_pair'))) {
    return reasons.has('untrained') || reasons.has('disapproved')
      ? 'Use data with responses to train on: texts, completions, or assistant turns.'
      : 'Fix the rows named here, or use other data.';
  }
  const { tokens, side, longest } = limit;
  const reads = longest > contextLength ? `; the model reads up to ${contextLength}` : '';
  const length =
    tokens < contextLength
      ? `Raise data.max_length (now ${tokens} tokens; the longest row has ${longest}${reads})`
      : `Use shorter rows, or a model with a longer context (it reads ${tokens} tokens; the longest row has ${longest})`;
  return side === 'left' ? `${length}.` : `${length}, or set data.truncation_side to left.`;
}

/**
 * Throws `dataset.nothing_to_train` if no row is left to train on, with the reasons and their first lines.
 * @param contextLength number of tokens that the model reads; no maximum length above it helps.
 */
export function requireTraining(ledger: DataLedger, contextLength: number): void {
  if (ledger.training > 0) return;
  const { leftOut } = ledger;
  const reasons = leftOut.map((entry) => ledgerLines({ ...ledger, leftOut: [entry], notices: [] })[0]!.text);
  const faults = leftOut.flatMap(({ places }, index) =>
    places.map(({ file, line, why }): Fault => ({ where: `${file}, line ${line}`, why: why ?? reasons[index]! })),
  );
  throw new KeelError({
    code: 'dataset.nothing_to_train',
    why: `No row is left to train on. ${reasons.join(' ')}`.trim(),
    fix: remedy(ledger, contextLength),
    faults: faults.slice(0, 20),
  });
}

/**
 * Reports the data ledger of a run and keeps it in the run's folder. Throws `disk_full`, and
 * `dataset.nothing_to_train` if no row is left to train on.
 */
export function reportLedger(
  { runFolder, emit }: Pick<RecipeContext<unknown>, 'runFolder' | 'emit'>,
  ledger: DataLedger,
  contextLength: number,
): void {
  keepLedger(runFolder, ledger);
  const isPlain = ledgerLines(ledger).every(({ level }) => level === 'note');
  emit.event(LEDGER_EVENT, 0, isPlain ? 'info' : 'warning', ledger);
  requireTraining(ledger, contextLength);
}
