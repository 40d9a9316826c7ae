import type { ColumnMapping, DatasetFormat } from '../../dataset/dataset-format.ts';
import { loadDataset } from '../../dataset/load-dataset.ts';
import type { DataRecord, Text } from '../../records.ts';

export interface Corpus {
  readonly texts: readonly string[];
  readonly format: DatasetFormat;
  readonly contentHash: string;
  readonly rows: number;
  readonly characters: number;
}

const piecesOf = (text: Text | null): readonly string[] =>
  text === null ? [] : typeof text === 'string' ? [text] : text.map(({ content }) => content);

/** Every text of a record once, in reading order; a reply keeps the prompt before it, as the model will see them. */
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

/** Texts of a dataset of any type. Throws what {@link loadDataset} throws. */
export async function loadCorpus(file: string, columns: Readonly<Record<string, string>>): Promise<Corpus> {
  const { records, format, contentHash } = await loadDataset(file, { columns: columns as ColumnMapping });
  const texts = records.flatMap(textsOfRecord);
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  return { texts, format, contentHash, rows: records.length, characters };
}
