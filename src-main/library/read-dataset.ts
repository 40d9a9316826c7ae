import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KeptReport,
  type RowsPage,
  rowsPageSchema,
  type TokenView,
} from '#contract/api/library/dataset-library.ts';
import { datasetReportSchema } from '#contract/api/library/datasets.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { CONFIG_FILES, TOKENIZER_FILES } from '#contract/model-files.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import { inTransaction } from '../store/database.ts';
import { readReport, upsertReport } from '../store/queries/dataset-reports.ts';
import { currentVersion, requireDataset } from './dataset-library.ts';
import { resultOfJob } from './result-of-job.ts';
import type { WorkStep } from './work-channel.ts';

/** How tokens are shown, with a model folder instead of a reference. */
export type PlacedView = Omit<TokenView, 'model'> & { readonly model: string | null };

async function tokenizerHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of [...TOKENIZER_FILES, ...CONFIG_FILES]) {
    const bytes = await readFile(join(folder, name)).catch(() => null);
    if (bytes) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

function checkOptions(columns: Readonly<Record<string, string>>, view: PlacedView): Detail {
  const { model, maxLength, truncationSide, trainOn, specialTokens } = view;
  return {
    columns,
    truncation_side: truncationSide,
    special_tokens: specialTokens,
    ...(model !== null && { model }),
    ...(maxLength !== null && { max_length: maxLength }),
    ...(trainOn !== null && { train_on: trainOn }),
  };
}

/** What a report depends on besides the content. Hashes the tokenizer files, since a folder's content can change. */
async function settingsKey(columns: Readonly<Record<string, string>>, view: PlacedView): Promise<string> {
  const sorted = Object.entries(columns).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const tokenizer = view.model === null ? null : await tokenizerHash(view.model);
  const { maxLength, truncationSide, trainOn, specialTokens } = view;
  // The first entry is the version of the report: 2 has notes.
  return JSON.stringify([2, sorted, tokenizer, maxLength, truncationSide, trainOn, specialTokens]);
}

/**
 * The report on a dataset's current content: the stored one if there is one, otherwise a new one, which is stored.
 * Throws `dataset_unknown` and what the check throws.
 */
export async function reportOnDataset(
  setup: HostSetup,
  id: number,
  view: PlacedView,
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<KeptReport> {
  const { columns } = requireDataset(setup, id);
  const version = await currentVersion(setup, id, report, signal);
  const settings = await settingsKey(columns, view);
  const kept = readReport(setup.store.read, version.contentHash, settings);
  if (kept) {
    const own = { ...kept.report, file: version.path };
    return { report: own, version: version.number, madeAt: kept.at, wasKept: true };
  }
  const job = { kind: 'check' as const, file: version.path, options: checkOptions(columns, view) };
  const made = datasetReportSchema.parse(await resultOfJob(setup, job, report, signal));
  const madeAt = setup.now();
  inTransaction(setup.store.write, () => upsertReport(setup.store.write, settings, made, madeAt));
  // The check hashes what it reads: a file that changed meanwhile is a new version.
  const { number } =
    made.contentHash === version.contentHash ? version : await currentVersion(setup, id, report, signal);
  return { report: made, version: number, madeAt, wasKept: false };
}

/** Some rows of a dataset. Throws `dataset_unknown` and what reading throws. */
export async function readDatasetRows(
  setup: HostSetup,
  request: {
    readonly id: number;
    readonly view: PlacedView;
    readonly from: { readonly index: number } | { readonly line: number };
    readonly count: number;
  },
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<RowsPage> {
  const { columns, newest } = requireDataset(setup, request.id);
  const options = checkOptions(columns, request.view);
  const { from, count } = request;
  const job = { kind: 'dataset_rows' as const, file: newest.path, options, from, count };
  return rowsPageSchema.parse(await resultOfJob(setup, job, report, signal));
}
