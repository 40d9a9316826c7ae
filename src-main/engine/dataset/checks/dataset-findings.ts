import type { DatasetFinding, DatasetReport } from '#contract/api/library/datasets.ts';
import { formatPercent } from '#contract/format.ts';

type Facts = Omit<DatasetReport, 'findings'>;
type Rule = (facts: Facts) => DatasetFinding | null;

function percent(part: number, whole: number): string {
  return formatPercent(part / Math.max(1, whole));
}

const badRows: Rule = ({ rows }) => {
  if (rows.bad === 0) return null;
  const why = `${rows.bad} of ${rows.total} rows cannot be used.`;
  return { level: 'error', why, fix: 'Fix them, or set skip_bad_rows: true to train without them.' };
};

const noRows: Rule = ({ rows }) => {
  if (rows.good > 1) return null;
  const why = rows.good === 0 ? 'None of the rows can be used.' : 'There is only one row, so none can be held out.';
  return { level: 'error', why, fix: 'Use a file with more rows.' };
};

const nothingTrained: Rule = ({ tokens }) => {
  if (!tokens || tokens.rowsWithoutTrained === 0) return null;
  const why = `${tokens.rowsWithoutTrained} of ${tokens.rows} token rows contain no trained token.`;
  return { level: 'warning', why, fix: 'Raise max_length, or check that the conversations have assistant turns.' };
};

const truncated: Rule = ({ tokens }) => {
  if (!tokens || tokens.truncatedRows === 0) return null;
  const why =
    `${percent(tokens.truncatedRows, tokens.rows)} of the token rows are longer than ${tokens.maxLength} tokens and ` +
    'are truncated.';
  return {
    level: 'warning',
    why,
    fix: `Raise max_length (99% fit into ${tokens.percentiles.p99}), or accept the truncation.`,
  };
};

const exactRepeats: Rule = ({ duplicates: { exact, examinedExact } }) => {
  if (exact === 0) return null;
  const why = `${exact} rows are exact duplicates of an earlier row (${percent(exact, examinedExact)}).`;
  return { level: 'warning', why, fix: 'Training skips them unless data.duplicates is "keep".' };
};

const nearRepeats: Rule = ({ duplicates: { near, examinedNear } }) => {
  if (near === 0) return null;
  const why = `${near} rows are near duplicates of another row (${percent(near, examinedNear)}).`;
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
    fix: 'A reward model must exceed this accuracy to be useful.',
  };
};

/** Findings that the user should know before training, most severe first. */
export function findingsOf(facts: Facts): DatasetFinding[] {
  const rules = [noRows, badRows, nothingTrained, truncated, exactRepeats, nearRepeats, shorterWins];
  return rules.flatMap((rule) => rule(facts) ?? []);
}
