import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keel, ROOT } from '../acceptance/run-program.ts';

/** A study's config, with its name. */
export type NamedStudy = Readonly<Record<string, unknown>> & { readonly name: string };

export const say = (text: string) => process.stdout.write(`${text}\n`);

/** Runs a study, or what is left of it, and writes its report. Throws if some of its runs did not finish. */
export async function runStudy(study: NamedStudy): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'keel-study-'));
  const known = (await keel(['study', 'list'])).flat() as readonly { readonly name?: string }[];
  const config = join(folder, 'study.json');
  writeFileSync(config, JSON.stringify(study));
  const isKnown = known.some(({ name }) => name === study.name);
  await keel(isKnown ? ['study', 'resume', study.name] : ['study', config, '--no-preflight']);
  await keel(['study', 'best-of', study.name]);
  const out = join(folder, 'report');
  await keel(['study', 'export', study.name, '--out', out]);
  return out;
}

/** Copies a finished study's report to the documentation, as `docs/<name>.md`, so that every number there comes from a run. */
export function publish(report: string, name: string): void {
  const folder = join(ROOT, 'docs', name);
  mkdirSync(folder, { recursive: true });
  for (const file of ['cells.csv', 'frontier.png']) cpSync(join(report, file), join(folder, file));
  const page = join(ROOT, `docs/${name}.md`);
  writeFileSync(
    page,
    readFileSync(join(report, 'report.md'), 'utf8').replace('(frontier.png)', `(${name}/frontier.png)`),
  );
  say(`Wrote ${page}.`);
}
