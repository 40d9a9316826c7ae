import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { Connection } from '../../attach/open-host.ts';
import { type AddCommand, JSON_OPTION } from '../command-context.ts';
import { renderDemo } from '../demo-report.ts';
import { seeRunThrough } from '../end-of-run.ts';
import { jsonLine } from '../output.ts';
import { wholeNumber } from '../parse-number.ts';
import { formatSeconds } from '../progress-line.ts';
import { EXIT, type Shell } from '../shell.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';

interface DemoFlags {
  readonly out?: string;
  readonly seed: number;
  readonly json?: boolean;
}

/** Checks the export folder before minutes of training: nothing is replaced. Throws `export_target_exists`. */
function requireNewFolder(out: string): string {
  const isFree = !existsSync(out) || (statSync(out).isDirectory() && readdirSync(out).length === 0);
  if (isFree) return out;
  throw new KeelError({
    code: 'export_target_exists',
    why: `${out} exists and is not an empty folder.`,
    fix: 'Choose another folder with --out.',
  });
}

/** Runs the pipeline, exports its policy, and prints what changed; returns the exit code. */
async function runDemo(shell: Shell, flags: DemoFlags, connection: Connection): Promise<number> {
  const { client } = connection;
  const isJson = flags.json ?? false;
  const given = flags.out && requireNewFolder(resolve(shell.folder, flags.out));
  const start = performance.now();
  const run = await client.runs.startDemo({ seed: flags.seed });
  const code = await seeRunThrough(connection, shell, run, { isJson, after: 0 });
  if (code !== EXIT.ok) return code;
  const seconds = (performance.now() - start) / 1000;
  const result = await client.runs.demoResult({ run: run.id });
  const out = given || join(mkdtempSync(join(shell.home, 'demo-')), 'policy');
  const wanted = {
    run: result.apaRun,
    folder: shell.folder,
    format: 'hf' as const,
    what: 'policy' as const,
    tag: null,
    out,
    force: false,
    allowNonFinite: false,
  };
  await streamJob(shell, (signal) => client.jobs.export(wanted, { signal }));
  if (isJson) shell.print(jsonLine({ type: 'demo', run: run.id, seconds, exported: out, ...result }));
  else {
    shell.print(`\n${renderDemo(result)}\n`);
    shell.print(
      `Trained and evaluated in ${formatSeconds(seconds)}. The fine-tuned policy is ready for transformers: ${out}`,
    );
  }
  return EXIT.ok;
}

/** `keel demo`: reward model, APA, evaluation, and export, with the data included with Keel. */
export const addDemo: AddCommand = (program, { shell, exit }) => {
  program
    .command('demo')
    .description('train a reward model and fine-tune the starter policy with APA; takes a few minutes, needs no data')
    .option('--out <dir>', 'folder for the exported policy (default: a new one in the data folder)')
    .option('--seed <s>', 'seed of all randomness', wholeNumber(0), 0)
    .option(...JSON_OPTION)
    .action(async (flags: DemoFlags) => {
      await withHost(shell, async (_, connection) => exit(await runDemo(shell, flags, connection)));
    });
};
