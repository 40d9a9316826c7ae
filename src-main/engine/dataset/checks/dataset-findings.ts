import type { DatasetFinding, DatasetReport } from '#contract/api/library/datasets.ts';
import { formatPercent } from '#contract/format.ts';
import { noteFindings } from './note-findings.ts';

type Facts = Omit<DatasetReport, 'findings'>;

/** What a config does with rows that could be left out, cut, or held out. */
export interface TrainingSettings {
  readonly skipBadRows: boolean;
  readonly duplicates: string;
  readonly heldOutFiles: readonly string[] | null;
  readonly heldOutFraction: number;
  /** Number of tokens that the model reads; no maximum length above it helps. */
  readonly contextLength: number;
  /** Number of tokens of the maximum length that are kept for a response. */
  readonly responseRoom: number;
}

type Rule = (facts: Facts, training: TrainingSettings | null) => DatasetFinding | null;

function percent(part: number, whole: number): string {
  return formatPercent(part / Math.max(1, whole));
}

const badRows: Rule = ({ rows }, training) => {
  if (rows.bad === 0) return null;
  const why = `${rows.bad} of ${rows.total} rows cannot be used.`;
  if (training?.skipBadRows) return { level: 'warning', why, fix: 'Training leaves them out (data.skip_bad_rows).' };
  return { level: 'error', why, fix: 'Fix them, or set skip_bad_rows: true to train without them.' };
};

const noRows: Rule = ({ rows }, training) => {
  if (rows.good > 1) return null;
  if (rows.good === 0)
    return {
      level: 'error',
      why: 'None of the rows can be used.',
      fix: 'Fix them, or map the columns under data.columns.',
    };
  if (training !== null && (training.heldOutFiles !== null || training.heldOutFraction === 0)) return null;
  const why = 'There is only one row, so none can be held out.';
  return { level: 'warning', why, fix: 'Use a file with more rows, or set data.held_out_fraction to 0.' };
};

const nothingTrained: Rule = ({ tokens }) => {
  if (!tokens || tokens.rowsWithoutTrained === 0) return null;
  const isAll = tokens.rowsWithoutTrained === tokens.rows;
  const why = `${isAll ? 'All' : `${tokens.rowsWithoutTrained} of`} ${tokens.rows} token rows contain no trained token and are left out.`;
  const fix =
    tokens.truncatedRows > 0
      ? 'Raise max_length, set truncation_side to left, or check that the conversations have assistant turns.'
      : 'Check that the conversations have assistant turns.';
  return { level: isAll ? 'error' : 'warning', why, fix };
};

const noEnd: Rule = ({ tokens }) => {
  if (!tokens || tokens.unendedSpans === 0) return null;
  const { trainedSpans: all, unendedSpans: unended } = tokens;
  const isAll = unended === all;
  const why = isAll
    ? 'No trained span ends in a stop token, so the model does not learn to end its responses.'
    : `${unended} of ${all} trained spans do not end in a stop token; the model does not learn to end there.`;
  const fix =
    "End the assistant's turns in the chat template with a special token, such as EOS, inside its {% generation %} " +
    'tags if it has them. `keel model inspect` shows the stop tokens.';
  return { level: 'warning', why, fix };
};

const truncated: Rule = ({ tokens }, training) => {
  if (!tokens || tokens.truncatedRows === 0) return null;
  const why =
    `${percent(tokens.truncatedRows, tokens.rows)} of the token rows are longer than ${tokens.maxLength} tokens and ` +
    'are truncated.';
  const { contextLength, responseRoom } = training ?? { contextLength: Number.POSITIVE_INFINITY, responseRoom: 0 };
  const length = tokens.percentiles.p99 + responseRoom;
  const isWhole = (tokens.maxLength ?? 0) + responseRoom >= contextLength;
  const reads = length > contextLength ? `; the model reads up to ${contextLength}` : '';
  const raise = isWhole
    ? `Use a model with a longer context (99% fit into ${length} tokens)`
    : `Raise max_length (99% fit into ${length}${reads})`;
  return { level: 'warning', why, fix: `${raise}, or accept the truncation.` };
};

const SKIPPED_BY_DEFAULT = 'Training skips them unless data.duplicates is "keep".';

const exactRepeats: Rule = ({ duplicates: { exact, examinedExact } }, training) => {
  if (exact === 0) return null;
  const why = `${exact} rows are exact duplicates of an earlier row (${percent(exact, examinedExact)}).`;
  if (training?.duplicates === 'keep') return { level: 'note', why, fix: 'Training keeps them (data.duplicates).' };
  const fix = training ? 'Training leaves them out (data.duplicates).' : SKIPPED_BY_DEFAULT;
  return { level: 'warning', why, fix };
};

const nearRepeats: Rule = ({ duplicates: { near, examinedNear } }, training) => {
  if (near === 0) return null;
  const why = `${near} rows are near duplicates of another row (${percent(near, examinedNear)}).`;
  if (training?.duplicates === 'remove_near')
    return { level: 'warning', why, fix: 'Training leaves them out (data.duplicates).' };
  return {
    level: 'note',
    why,
    fix: 'Training keeps them. If they are duplicates, set data.duplicates to "remove_near".',
  };
};

const shorterWins: Rule = ({ shorterChosen }) => {
  if (!shorterChosen || shorterChosen.comparisons === 0) return null;
  const share = percent(shorterChosen.shorter, shorterChosen.comparisons);
  return {
    level: 'note',
    why: `The shorter response is the chosen one in ${share} of the comparisons.`,
    fix: 'To be useful, a reward model must exceed this accuracy, and that of always choosing the longer one.',
  };
};

/** Findings that the user should know before training, most severe first. */
export function findingsOf(facts: Facts, training: TrainingSettings | null): DatasetFinding[] {
  const rules = [noRows, badRows, nothingTrained, noEnd, truncated, exactRepeats, nearRepeats, shorterWins];
  const order = ['error', 'warning', 'note'];
  const found = [...rules.flatMap((rule) => rule(facts, training) ?? []), ...noteFindings(facts.notes)];
  return found.sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}
