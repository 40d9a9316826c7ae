import type { ConfigCheck, DatasetReport } from '#contract/api/library/datasets.ts';
import { type RecipeConfig, resolveRecipeConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { checkDataset } from '../../dataset/checks/check-dataset.ts';
import { badRows } from '../../dataset/load-dataset.ts';
import { readModelConfig } from '../../model/files/model-folder.ts';
import type { JobOf } from '../../protocol.ts';
import { loadData } from '../../session/data/load-data.ts';
import { ledgerOf, type RowModel, rowPlan } from '../../session/data/recipe-rows.ts';
import { requireTraining } from '../../session/report/report-ledger.ts';
import { loadTokenizer } from '../../tokenizer/files/load-tokenizer.ts';
import { recordRows } from '../../tokenizer/rows/record-rows.ts';
import { readingSpecials } from '../../tokenizer/special-text.ts';
import type { JobContext } from '../job-context.ts';
import { createCheckProgress } from './check-progress.ts';

function openRowModel(folder: string, { data }: RecipeConfig): RowModel {
  return {
    tokenizer: readingSpecials(loadTokenizer(folder), data.specialTokens),
    contextLength: readModelConfig(folder).contextLength,
  };
}

/** How the rows of a config's files are shown and counted: as its recipe makes them. */
function reportOptions(config: RecipeConfig, { tokenizer, contextLength }: RowModel) {
  const { toUsed, usedAs, responseRoom, ...options } = rowPlan(config, contextLength);
  const maker = recordRows(tokenizer, options);
  return {
    columns: config.data.columns as never,
    trainsOnAll: options.trainOn === 'all',
    usedAs,
    training: { ...config.data, contextLength, responseRoom },
    tokens: {
      maker: { ...maker, rows: (record: Parameters<typeof toUsed>[0]) => toUsed(record).flatMap(maker.rows) },
      vocabSize: tokenizer.vocabSize,
      maxLength: options.maxLength,
    },
  };
}

/** The run's error for rows that cannot be used, if it may not skip them. Throws `dataset.bad_rows`. */
function requireGoodRows({ data }: RecipeConfig, ledger: ReturnType<typeof ledgerOf>): void {
  const bad = ledger.leftOut.find(({ reason }) => reason === 'bad_row');
  if (!bad || data.skipBadRows) return;
  const { file } = bad.places[0]!;
  const ofFile = bad.places.filter((place) => place.file === file);
  throw badRows(
    file,
    ofFile.map(({ line, why = '' }) => ({ line, reason: 'bad_row', why })),
    bad.rows > ofFile.length,
  );
}

/** The ledger of a run of the config, and the error with which the run would refuse its data. */
async function tryData(config: RecipeConfig, model: RowModel): Promise<Pick<ConfigCheck, 'ledger' | 'problem'>> {
  let ledger: ConfigCheck['ledger'] = null;
  try {
    const data = { ...config.data, skipBadRows: true };
    const loaded = await loadData(data, config.seed, { input: () => undefined });
    ledger = ledgerOf({ ...config, data } as RecipeConfig, loaded, model);
    requireGoodRows(config, ledger);
    requireTraining(ledger, model.contextLength);
    return { ledger, problem: null };
  } catch (error) {
    if (!(error instanceof KeelError) || error.kind === 'canceled') throw error;
    return { ledger, problem: error.toShape() as ConfigCheck['problem'] };
  }
}

/**
 * Reports on the data of a config: each file as the config's recipe would train on it, and the data ledger of a run.
 * Throws what the readers, the tokenizer, and `resolveRecipeConfig` throw.
 */
export async function checkConfig(job: JobOf<'check_config'>, { control, tell }: JobContext): Promise<void> {
  const { config } = resolveRecipeConfig(job.config);
  const model = openRowModel(job.locations[config.model] ?? config.model, config);
  const options = { ...reportOptions(config, model), examples: job.examples };
  const { abort, onProgress } = createCheckProgress(control, tell);
  try {
    const reports: DatasetReport[] = [];
    for (const file of [...config.data.files, ...(config.data.heldOutFiles ?? [])]) {
      reports.push(await checkDataset(file, { ...options, signal: abort.signal, onProgress }));
    }
    const result: ConfigCheck = { reports, ...(await tryData(config, model)) };
    tell({ kind: 'result', result });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    tell({ kind: 'stopped', step: null });
  }
}
