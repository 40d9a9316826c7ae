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

/** Writes rows as `<name>.jsonl` into a folder and returns the file's path. */
export function writeRows(folder: string, name: string, rows: readonly unknown[]): string {
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

/** What a command does with a ready study. */
export interface ReadyFlags {
  readonly short?: boolean | undefined;
  readonly write?: boolean | undefined;
  readonly preflight?: boolean | undefined;
}

/**
 * Runs a ready study and says its report, or with `preflight` only what it will need. `write` makes `docs/<page>.md` from it,
 * unless it is the short form, whose numbers mean nothing.
 */
export async function runReadyStudy(study: NamedStudy, folder: string, flags: ReadyFlags, page: string): Promise<void> {
  if (flags.preflight) {
    const config = join(folder, 'study.json');
    writeFileSync(config, JSON.stringify(study));
    say(JSON.stringify((await keel(['study', config, '--preflight'])).at(-1), null, 2));
    return;
  }
  const report = await runStudy(study);
  say(readFileSync(join(report, 'report.md'), 'utf8'));
  if (flags.write && !flags.short) publish(report, page);
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
