import type { ConfigCheck, DatasetExample, DatasetReport, TokenCounts } from '#contract/api/library/datasets.ts';
import { counted, formatCount } from '#contract/format.ts';
import { ledgerText } from '#contract/ledger-words.ts';

const BAR_WIDTH = 40;
const REASONS_SHOWN = 10;
const EXAMPLE_CHARACTERS = 1200;
/** Number of tokens shown before the first trained one; the start of a long prompt is left out. */
const EXAMPLE_LEAD = 80;

export interface RenderOptions {
  /** Whether trained tokens are marked by color; otherwise, they are shown between ‹ and ›. */
  readonly color: boolean;
}

/** Control, bidirectional and zero-width characters, which could change what a terminal shows. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** Makes text safe to print: line ends are shown as ⏎, other invisible characters as their code. */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (char) => {
    if (char === '\n') return '⏎';
    return `<${(char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

function renderFormat({ format, trainsOn }: DatasetReport): string[] {
  const form = format.rawDialogs ? 'raw dialogs' : format.form;
  const renamed = Object.entries(format.columns).filter(([column, name]) => column !== name);
  const columns = Object.entries(format.columns).map(([column, name]) =>
    column === name ? column : `${column} = ${printable(name)}`,
  );
  const list = format.rowsFrom === undefined ? '' : `, rows from ${JSON.stringify(printable(format.rowsFrom))}`;
  const packing = format.gzip ? ', gzipped' : '';
  return [
    `type       ${format.type.replaceAll('_', ' ')} (${form}), ${format.fileKind}${list}${packing}`,
    format.layout
      ? `columns    ${format.layout.name}: ${format.layout.mapping}`
      : `columns    ${columns.join(', ')}${renamed.length > 0 ? ' (mapped)' : ''}`,
    `trains on  ${trainsOn}`,
  ];
}

function renderRows({ rows }: DatasetReport): string[] {
  const reasons = rows.reasons.slice(0, REASONS_SHOWN).map(({ count, firstLine, why }) => {
    return `  ${formatCount(count)} x ${printable(why)} (first in line ${firstLine})`;
  });
  return [
    `rows       ${formatCount(rows.total)}: ${formatCount(rows.good)} good, ${formatCount(rows.bad)} bad`,
    ...reasons,
  ];
}

function renderTokens(tokens: TokenCounts): string[] {
  const most = Math.max(1, ...tokens.histogram.map((bin) => bin.rows));
  const bars = tokens.histogram.map(({ to, rows }) => {
    const bar = '█'.repeat(Math.max(1, Math.round((BAR_WIDTH * rows) / most)));
    return `  ≤ ${String(to).padStart(6)} ${bar} ${formatCount(rows)}`;
  });
  const share = ((100 * tokens.trained) / Math.max(1, tokens.total)).toFixed(1);
  const { p50, p90, p99 } = tokens.percentiles;
  const limit =
    tokens.maxLength === null
      ? 'no length limit'
      : `${counted(tokens.truncatedRows, 'row')} cut at ${tokens.maxLength}`;
  return [
    `tokens     ${formatCount(tokens.total)} in ${counted(tokens.rows, 'row')}, ${share}% trained; ${limit}`,
    `lengths    mean ${tokens.mean.toFixed(0)}, half ≤ ${p50}, 90% ≤ ${p90}, 99% ≤ ${p99}, longest ${tokens.longest}`,
    ...bars,
  ];
}

function renderDuplicates({ duplicates }: DatasetReport): string[] {
  const { exact, near, examinedNear, repeatedPrompts, nearPairs } = duplicates;
  const more = near > nearPairs.length ? [`  and ${formatCount(near - nearPairs.length)} more`] : [];
  return [
    `repeats    ${formatCount(exact)} exact, ${formatCount(near)} near; ${counted(repeatedPrompts, 'row')} ${repeatedPrompts === 1 ? 'shares' : 'share'} a prompt (near ones among the first ${formatCount(examinedNear)})`,
    ...nearPairs.flatMap(({ line, repeats, text, repeatedText }) => [
      `  line ${line} nearly repeats line ${repeats}:`,
      `    ${printable(repeatedText)}`,
      `    ${printable(text)}`,
    ]),
    ...more,
  ];
}

function renderExample(example: DatasetExample, { color }: RenderOptions): string[] {
  const [open, close] = color ? ['\u001b[32m', '\u001b[0m'] : ['‹', '›'];
  const firstTrained = example.tokens.findIndex((token) => token.trained);
  const start = Math.max(0, firstTrained - EXAMPLE_LEAD);
  let text = start > 0 ? '… ' : '';
  let trained = false;
  let spells = false;
  for (const token of example.tokens.slice(start)) {
    if (spells && token.kind !== 'spelled') text += '⟧';
    if (token.trained !== trained) text += token.trained ? open : close;
    if (!spells && token.kind === 'spelled') text += '⟦';
    ({ trained } = token);
    spells = token.kind === 'spelled';
    text += printable(token.text);
    if (text.length > EXAMPLE_CHARACTERS) break;
  }
  if (spells) text += '⟧';
  if (trained) text += close;
  const cut = example.cut > 0 ? `, ${example.cut} cut` : '';
  return [`line ${example.line}, ${example.name} (${example.tokens.length} tokens${cut})`, `  ${text}`];
}

function renderExamples(report: DatasetReport, options: RenderOptions): string[] {
  if (report.examples.length === 0) return [];
  const legend = options.color ? 'green' : 'between ‹ and ›';
  const spells = report.examples.some(({ tokens }) => tokens.some(({ kind }) => kind === 'spelled'));
  const spelled = spells ? '; text that only spells a special token in ⟦ ⟧' : '';
  return [
    '',
    `What the trainer sees (trained tokens ${legend}${spelled}):`,
    ...report.examples.flatMap((example) => renderExample(example, options)),
  ];
}

function renderFindings({ findings }: DatasetReport): string[] {
  if (findings.length === 0) return ['', 'No problems found.'];
  return ['', ...findings.map(({ level, why, fix }) => `${level}: ${why} ${fix}`)];
}

/** Renders the check of a config's data: each file, then what a run would use of them. */
export function renderConfigCheck({ reports, ledger, problem }: ConfigCheck, options: RenderOptions): string {
  return [
    ...reports.flatMap((report) => [renderDatasetReport(report, options), '']),
    'With this config, a run would use:',
    ...(ledger ? ledgerText(ledger).map(printable) : []),
    ...(problem ? [`error: ${problem.why} ${problem.fix}`] : []),
  ].join('\n');
}

/** Renders a dataset report for a terminal. Text from the dataset is made safe to print. */
export function renderDatasetReport(report: DatasetReport, options: RenderOptions): string {
  return [
    `${printable(report.file)} (${formatCount(report.bytes)} bytes, ${report.contentHash.slice(0, 19)}…)`,
    ...renderFormat(report),
    ...renderRows(report),
    ...(report.tokens ? renderTokens(report.tokens) : []),
    ...renderDuplicates(report),
    ...renderExamples(report, options),
    ...renderFindings(report),
  ].join('\n');
}
