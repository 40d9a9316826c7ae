import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeExactJson } from '#contract/exact-json.ts';
import { orDiskFull } from '../../../disk/disk-full.ts';
import type { Certificate, JudgedPair } from '../../evaluation/certificate.ts';
import { flatText } from '../../message-text.ts';
import type { Comparison, Text } from '../../records.ts';

/** Longer texts are truncated, since the pairs are meant to be read. */
const SHOWN_CHARACTERS = 20_000;

function plainText(text: Text): string {
  return flatText(text).slice(0, SHOWN_CHARACTERS);
}

/**
 * Writes the held-out pairs with the largest reward model errors, worst first, into the run's folder: their texts are
 * kept out of the model's own folder, which can be exported. Throws `disk_full`.
 */
export function keepWorstPairs(
  runFolder: string,
  { worst }: Pick<Certificate, 'worst'>,
  pairs: readonly { readonly record: Comparison }[],
  judged: readonly JudgedPair[],
): void {
  const rows = worst.map((index) => {
    const { prompt, chosen, rejected, origin } = pairs[index]!.record;
    const texts = { prompt: plainText(prompt), chosen: plainText(chosen), rejected: plainText(rejected) };
    return { ...texts, ...judged[index]!, file: origin.file, line: origin.line };
  });
  const folder = join(runFolder, 'certificate');
  const file = join(folder, 'worst-pairs.json');
  orDiskFull('The worst pairs', file, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.partial`, `${writeExactJson(rows)}\n`);
    renameSync(`${file}.partial`, file);
  });
}
