/** Writes resources/starter: `node scripts/research/starter/generate.ts [FOLDER]`. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { factsReward, judgeReward } from './judge-rules.ts';
import { SPLITS, toLines, writeSplit } from './splits.ts';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../../resources/starter', import.meta.url));
mkdirSync(folder, { recursive: true });
const manifest: Record<string, { type: string; records: number; sha256: string }> = {};

/** TRL's type of a file, from the columns of its first row. */
function typeOf(lines: string): string {
  const columns = Object.keys(JSON.parse(lines.slice(0, lines.indexOf('\n'))) as object);
  if (columns.includes('chosen')) return 'preference';
  return columns.includes('completion') ? 'prompt_completion' : 'prompt_only';
}

for (const name of Object.keys(SPLITS)) {
  const lines = toLines(writeSplit(name));
  const packed = gzipSync(lines, { level: 9 });
  writeFileSync(join(folder, `${name}.jsonl.gz`), packed);
  // The hash is of the text: another zlib may pack the same text into other bytes.
  const sha256 = createHash('sha256').update(lines).digest('hex');
  manifest[name] = { type: typeOf(lines), records: SPLITS[name]!.count, sha256 };
  process.stdout.write(`${name}: ${SPLITS[name]!.count} records, ${packed.length} bytes\n`);
}
writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
for (const [name, reward] of Object.entries({ judge: judgeReward, facts: factsReward })) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(reward, null, 2)}\n`);
}
