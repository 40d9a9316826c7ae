/**
 * `npm run study:claims`: what the theory says of APA, PPO, and AWR over time, on the starter. Started again, it continues
 * where it was. `--write` makes docs/study-claims.md from the finished study; `--short` only shows that everything works.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StudyReport } from '#contract/api/runs/planned-studies.ts';
import { keel, ROOT } from './acceptance/run-program.ts';
import { type ClaimRun, claimsMarkdown, type MetricRow } from './studies/claims-report.ts';
import { CLAIMS_STUDY, claimsStudy, SHORT_CLAIMS } from './studies/claims-study.ts';
import { runStudy, say } from './studies/run-study.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean' }, write: { type: 'boolean' } } });
const study = claimsStudy(values.short ? SHORT_CLAIMS : CLAIMS_STUDY);
await runStudy(study);
const [report] = (await keel(['study', 'show', study.name])) as unknown as readonly StudyReport[];
const runs = report!.planned.entries.flatMap(({ run, label, knobs, seed }): ClaimRun[] => {
  return run !== null && seed !== null ? [{ run, label, knobs, seed }] : [];
});
const file = join(mkdtempSync(join(tmpdir(), 'keel-claims-')), 'metrics.jsonl');
await keel(['runs', 'export', ...runs.map(({ run }) => run), '--format', 'jsonl', '--out', file]);
const rows = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as MetricRow);
const page = claimsMarkdown(String(study.notes), runs, rows);
say(page);
if (values.write && !values.short) {
  writeFileSync(join(ROOT, 'docs/study-claims.md'), `${page.trimEnd()}\n`);
  say('Wrote docs/study-claims.md.');
}
