/**
 * `npm run study:starter`: APA, PPO, and AWR on the starter, with 5 seeds and 4 values of each method's knob. Started again,
 * it continues where it was. `--write` makes docs/study.md from the finished study; `--fresh-seeds` runs one new seed of
 * every cell and exits with 1 if fewer than 90% of them lie in the published prediction intervals; `--short` only shows that
 * everything works.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './acceptance/run-program.ts';
import { countInside, publishedCells } from './studies/fresh-cells.ts';
import { publish, runStudy, say } from './studies/run-study.ts';
import { FRESH_STUDY, SHORT_STUDY, STARTER_STUDY, starterStudy } from './studies/starter-study.ts';

const PUBLISHED = join(ROOT, 'docs/study');
const WANTED = 0.9;

function compareFresh(report: string): boolean {
  const read = (folder: string) => publishedCells(readFileSync(join(folder, 'cells.csv'), 'utf8'));
  const { inside, of, judged } = countInside(read(PUBLISHED), read(report));
  for (const { configuration, mean, cell, isInside } of judged) {
    say(`${isInside ? 'inside ' : 'OUTSIDE'} ${configuration}: ${mean}, published ${cell?.low} to ${cell?.high}`);
  }
  say(`${inside} of ${of} cells lie in the 95% prediction intervals of docs/study.md.`);
  return of > 0 && inside / of >= WANTED;
}

const { values } = parseArgs({
  options: { short: { type: 'boolean' }, write: { type: 'boolean' }, 'fresh-seeds': { type: 'boolean' } },
});
const isFresh = values['fresh-seeds'] ?? false;
if (isFresh && !existsSync(join(PUBLISHED, 'cells.csv'))) {
  say('docs/study/cells.csv does not exist: run npm run study:starter -- --write first.');
  process.exitCode = 1;
} else {
  const report = await runStudy(starterStudy(values.short ? SHORT_STUDY : isFresh ? FRESH_STUDY : STARTER_STUDY));
  say(readFileSync(join(report, 'report.md'), 'utf8'));
  if (values.write && !values.short && !isFresh) publish(report, 'study');
  if (isFresh && !compareFresh(report)) process.exitCode = 1;
}
