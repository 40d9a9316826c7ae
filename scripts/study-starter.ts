/**
 * `npm run study:starter`: APA, PPO, and AWR on the starter, with 5 seeds and 4 values of each method's knob. Started again,
 * it continues where it was. `--write` makes docs/study.md from the finished study; `--fresh-seeds` runs one new seed of
 * every cell and exits with 1 if fewer than 90% of them lie in the published prediction intervals; `--short` only shows that
 * everything works.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keel, ROOT } from './acceptance/run-program.ts';
import { countInside, publishedCells } from './studies/fresh-cells.ts';
import { FRESH_STUDY, SHORT_STUDY, STARTER_STUDY, type StudySize, starterStudy } from './studies/starter-study.ts';

const PAGE = join(ROOT, 'docs/study.md');
const PUBLISHED = join(ROOT, 'docs/study');
const WANTED = 0.9;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Runs a study, or what is left of it, and writes its report. Throws if some of its runs did not finish. */
async function runStudy(size: StudySize): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'keel-study-'));
  const known = (await keel(['study', 'list'])).flat() as readonly { readonly name?: string }[];
  const config = join(folder, 'study.json');
  writeFileSync(config, JSON.stringify(starterStudy(size)));
  const isKnown = known.some(({ name }) => name === size.name);
  await keel(isKnown ? ['study', 'resume', size.name] : ['study', config, '--no-preflight']);
  const out = join(folder, 'report');
  await keel(['study', 'export', size.name, '--out', out]);
  return out;
}

/** Copies a finished study's report to the documentation, so that every number there comes from a run. */
function publish(report: string): void {
  mkdirSync(PUBLISHED, { recursive: true });
  for (const name of ['cells.csv', 'frontier.svg']) cpSync(join(report, name), join(PUBLISHED, name));
  const text = readFileSync(join(report, 'report.md'), 'utf8').replace('(frontier.svg)', '(study/frontier.svg)');
  writeFileSync(PAGE, text);
  say(`Wrote ${PAGE}.`);
}

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
  const report = await runStudy(values.short ? SHORT_STUDY : isFresh ? FRESH_STUDY : STARTER_STUDY);
  say(readFileSync(join(report, 'report.md'), 'utf8'));
  if (values.write && !values.short && !isFresh) publish(report);
  if (isFresh && !compareFresh(report)) process.exitCode = 1;
}
