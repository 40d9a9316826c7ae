import type { ColumnMapping } from '../../dataset/dataset-format.ts';
import { loadDataset } from '../../dataset/load-dataset.ts';
import { turnText } from '../../message-text.ts';
import type { DataRecord, Text } from '../../records.ts';

/** One corpus file, for the model's record. */
export interface CorpusFile {
  readonly file: string;
  readonly contentHash: string;
  readonly rows: number;
  /** Number of rows that could not be used. */
  readonly skipped: number;
}

export interface Corpus {
  readonly texts: readonly string[];
  readonly files: readonly CorpusFile[];
  readonly isConversational: boolean;
}

const piecesOf = (text: Text | null): readonly string[] =>
  text === null ? [] : typeof text === 'string' ? [text] : text.map(turnText);

/** Every text of a record once, in reading order; a response keeps the prompt before it, as the model will see them. */
export function textsOfRecord(record: DataRecord): readonly string[] {
  if (record.kind === 'prompt') return piecesOf(record.prompt);
  const prompt = record.prompt;
  const replies = record.kind === 'comparison' ? [record.chosen, record.rejected] : [record.completion];
  if (typeof prompt === 'string' && replies.every((reply) => typeof reply === 'string')) {
    const [first = '', ...others] = replies as readonly string[];
    return [prompt + first, ...others];
  }
  return [...piecesOf(prompt), ...replies.flatMap(piecesOf)];
}

/** Texts of datasets of any type. Throws what {@link loadDataset} throws. */
export async function loadCorpus(files: readonly string[], columns: Readonly<Record<string, string>>): Promise<Corpus> {
  const loaded = [];
  // Bad rows matter less for a vocabulary than for training: they are skipped and counted.
  const options = { columns: columns as ColumnMapping, skipBadRows: true };
  for (const file of files) loaded.push(await loadDataset(file, options));
  return {
    texts: loaded.flatMap(({ records }) => records.flatMap(textsOfRecord)),
    files: loaded.map(({ file, contentHash, records, skipped }) => ({
      file,
      contentHash,
      rows: records.length,
      skipped: skipped.length,
    })),
    isConversational: loaded.some(({ format }) => format.form === 'conversational'),
  };
}
