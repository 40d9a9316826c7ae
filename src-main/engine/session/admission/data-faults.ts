import { basename } from 'node:path';
import type { RecipeConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { DataRecord } from '../../records.ts';
import type { Progress } from '../context.ts';
import { LedgerTally } from '../data/ledger-tally.ts';
import { type DataConfig, loadData } from '../data/load-data.ts';
import { ledgerOf, type RowModel, rowPlan } from '../data/recipe-rows.ts';
import { createInputLedger } from '../input-ledger.ts';
import { requireTraining } from '../report/report-ledger.ts';
import { FaultList } from './fault-list.ts';
import { checkFile, type DataFile, type FileRead, type FileReading } from './file-faults.ts';
import type { Locate } from './model-faults.ts';

/** Up to this number of characters, all data is split and tokenized; of more, this much is tokenized. */
const TOKENIZED_CHARACTERS = 4_000_000;

export interface DataCheck {
  readonly config: RecipeConfig;
  /** What makes tokens; null while it is unknown. */
  readonly model: RowModel | null;
  readonly locate: Locate;
  /** Folder of the run to resume, whose files must not have changed; null for a new run. */
  readonly runFolder: string | null;
  readonly progress: (progress: Progress) => void;
  /** Whether there is time left. */
  readonly goesOn: () => boolean;
}

/** The files of a field; those that are not known yet are left out. */
function filesOf(named: readonly string[], field: string, locate: Locate): readonly DataFile[] {
  return named.flatMap((name, index) => {
    const file = locate(name);
    return file === null ? [] : [{ where: `${field}[${index}]`, file }];
  });
}

interface FilesRead {
  readonly reads: readonly FileRead[];
  /** Every file is known and was read without a fault. */
  readonly isClean: boolean;
}

/** Reads every file as far as there is time, and says where there was none. */
async function checkFiles(faults: FaultList, { config, locate, goesOn, progress }: DataCheck): Promise<FilesRead> {
  const { data } = config;
  // The limits of lengths play no role for the type of a record.
  const { toUsed } = rowPlan(config, Number.POSITIVE_INFINITY);
  const reading: FileReading = {
    columns: data.columns as FileReading['columns'],
    skipBadRows: data.skipBadRows,
    maxRecords: Number.POSITIVE_INFINITY,
    maxCharacters: TOKENIZED_CHARACTERS,
    requireKind: (record) => void toUsed(record),
    ...{ goesOn, progress },
  };
  const before = faults.faults.length;
  const files = filesOf(data.files, 'data.files', locate);
  const heldOut = filesOf(data.heldOutFiles ?? [], 'data.held_out_files', locate);
  const reads: FileRead[] = [];
  for (const file of [...files, ...heldOut]) reads.push(await checkFile(faults, file, reading));
  for (const [index, { isWhole, count }] of reads.entries()) {
    const { file } = [...files, ...heldOut][index]!;
    if (isWhole) continue;
    const reached = count === 0 ? 'there was no time to check its rows' : `${count} rows from its start were checked`;
    faults.note(`${file}: ${reached}; the run checks ${count === 0 ? 'them' : 'the rest'}.`);
  }
  return { reads, isClean: files.length === data.files.length && faults.faults.length === before };
}

/** Field that decides what is held out. */
const splitField = ({ heldOutFiles }: DataConfig) => (heldOutFiles ? 'data.held_out_files' : 'data.held_out_fraction');

/** Rows that the tokenizer refuses, each at its file and line. */
function addRowErrors(faults: FaultList, files: readonly DataFile[], { why, fix, code, faults: rows = [] }: KeelError) {
  const found = files.find(({ file }) => why.startsWith(`${file}, line `));
  const at = found ? `${found.where}, ${basename(found.file)}, ` : 'data.files, ';
  for (const row of rows) faults.add({ where: `${at}${row.where}`, why: row.why, fix, code });
}

/** An error of the data as faults: that of a split at the field that decides it, that of rows at each row. */
function addDataError(faults: FaultList, { config: { data }, locate }: DataCheck, error: unknown): void {
  const code = error instanceof KeelError ? error.code : '';
  if (error instanceof KeelError && code === 'dataset.bad_rows') {
    const heldOut = filesOf(data.heldOutFiles ?? [], 'data.held_out_files', locate);
    addRowErrors(faults, [...filesOf(data.files, 'data.files', locate), ...heldOut], error);
  } else {
    faults.addError(code === 'dataset.empty_split' ? splitField(data) : 'data.files', error);
  }
}

/** Makes the rows of the first records, for data that is too large to be loaded here. */
function checkSample(config: RecipeConfig, records: readonly DataRecord[], model: RowModel): void {
  ledgerOf(config, { train: records, heldOut: [], ledger: new LedgerTally() }, model);
}

/** Loads and splits the data and makes all rows, as the run would. */
async function checkWhole({ config, model, runFolder }: DataCheck): Promise<void> {
  const known = runFolder === null ? null : createInputLedger(runFolder, { records: false });
  const data = await loadData(config.data, config.seed, { input: (input) => known?.(input) });
  if (model) requireTraining(ledgerOf(config, data, model), model.contextLength);
}

/**
 * Checks the data of a config as a run would load it: every file by itself and then, if all are usable, the split and
 * the token rows. What there is no time for is left to the run.
 */
export async function checkData(faults: FaultList, check: DataCheck): Promise<void> {
  const { reads, isClean } = await checkFiles(faults, check);
  if (!isClean) return;
  const { config, model } = check;
  const characters = reads.reduce((sum, read) => sum + read.characters, 0);
  try {
    if (characters <= TOKENIZED_CHARACTERS && check.goesOn()) await checkWhole(check);
    else if (model) checkSample(config, reads[0]!.records, model);
  } catch (error) {
    addDataError(faults, check, error);
  }
}

/** Checks the files from which a new model's tokenizer is trained; rows that cannot be used are skipped there. */
export async function checkCorpus(
  corpus: readonly string[],
  check: Pick<DataCheck, 'locate' | 'progress' | 'goesOn'>,
): Promise<Pick<FaultList, 'faults' | 'notes'>> {
  const faults = new FaultList();
  const any = { columns: {}, skipBadRows: true, maxRecords: 1, maxCharacters: 0, requireKind: () => undefined };
  for (const file of filesOf(corpus, 'corpus', check.locate)) await checkFile(faults, file, { ...any, ...check });
  return faults;
}
