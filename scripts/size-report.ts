/** `node scripts/size-report.ts`: how long files and functions are, and which are the longest. */
import process from 'node:process';
import { functionsOf, linesOf, quantile, type Size } from '../tests/architecture/sizes.ts';
import { readSources } from '../tests/architecture/source-tree.ts';

const LONGEST = 5;

function describe(kind: string, sizes: readonly Size[]): string {
  const longest = [...sizes].sort((one, other) => other.lines - one.lines).slice(0, LONGEST);
  const head = `${sizes.length} ${kind}: median ${quantile(sizes, 0.5)}, p90 ${quantile(sizes, 0.9)} lines; the longest:`;
  return [head, ...longest.map(({ what, lines }) => `  ${String(lines).padStart(4)}  ${what}`)].join('\n');
}

const sources = readSources('src-main', 'scripts');
process.stdout.write(
  `${describe('files', sources.map(linesOf))}\n${describe('functions', sources.flatMap(functionsOf))}\n`,
);
