import type { PreflightReport } from '#contract/api/runs/preflight.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { RECIPE_NAMES } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { type AddCommand, collect, JSON_OPTION } from '../command-context.ts';
import { seeRunThrough } from '../end-of-run.ts';
import { jsonLine } from '../output.ts';
import { readConfigFile } from '../read-lines.ts';
import { renderPrediction } from '../render/render-prediction.ts';
import { renderPreflight } from '../render/render-preflight.ts';
import type { Shell } from '../shell.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';
import { addPlaceOptions, addWorkersOption, type PlaceFlags, placeOf } from './place-options.ts';

interface RunFlags extends PlaceFlags {
  readonly set: string[];
  readonly name?: string;
  readonly json?: boolean;
  readonly preflight?: boolean;
  readonly quick?: boolean;
  readonly wait?: boolean;
}

/** These commands stay until their run has ended, so they continue an abandoned queue as well. */
const STAYS = { takesUpQueue: true };

const WAIT = ['--wait', 'wait for a decision if the run doctor pauses the run, also where nobody sees it'] as const;

/** Without a terminal, nobody sees a pause: the run is then stopped with a checkpoint, unless it should wait. */
function stopsOnPause(shell: Shell, { wait = false }: { readonly wait?: boolean }): boolean {
  return !shell.isTerminal && !wait;
}

/** Measures what the run will need instead of running it, or predicts it. */
async function preflight(shell: Shell, file: string, flags: RunFlags): Promise<void> {
  const { set: overrides, json, quick } = flags;
  const request = { ...readConfigFile(shell, file), overrides, on: placeOf(flags) };
  if (quick) {
    const predicted = await withHost(shell, (client) => client.preflight.predict(request));
    shell.print(json ? jsonLine(predicted) : renderPrediction(predicted));
    return;
  }
  const report = await withHost(shell, (client) => {
    return streamJob(shell, (signal) => client.preflight.measure(request, { signal }));
  });
  shell.print(json ? jsonLine(report) : renderPreflight(report as PreflightReport));
}

function quickAlone(): KeelError {
  return new KeelError({
    code: 'quick_without_preflight',
    why: '--quick is a form of --preflight, and --preflight is missing.',
    fix: 'Add --preflight, or leave out --quick to start the run.',
  });
}

/** `keel run CONFIG` and `keel resume RUN`. */
export const addRun: AddCommand = (program, { shell, exit }) => {
  const run = program
    .command('run')
    .description('run a config: one recipe or a pipeline (Ctrl-C: checkpoint, then stop)')
    .argument('<config>', 'YAML or JSON file, or - for standard input; its paths are relative to its folder')
    .option('--set <path=value>', 'override a value of the config; can be repeated', collect, [])
    .option('--name <name>', 'name of the run')
    .option(...WAIT);
  addWorkersOption(addPlaceOptions(run, 'the run'))
    .option('--preflight', 'measure memory, time, and disk space by running a small part; changes nothing')
    .option('--quick', 'with --preflight: predict the memory by arithmetic and run nothing')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\nRecipes: ${RECIPE_NAMES.join(', ')}; pipeline runs several. docs/config.md lists their fields.`,
    )
    .action(async (file: string, flags: RunFlags) => {
      if (flags.preflight) return preflight(shell, file, flags);
      if (flags.quick) throw quickAlone();
      const read = readConfigFile(shell, file);
      const isJson = flags.json ?? false;
      await withHost(
        shell,
        async (client, connection) => {
          const request = { ...read, overrides: flags.set, name: flags.name ?? null, on: placeOf(flags) };
          const run = (await streamJob(shell, (signal) => client.runs.request(request, { signal }))) as Run;
          if (isJson) shell.print(jsonLine({ type: 'started', run: run.id, folder: run.folder }));
          else shell.remark(`${run.id}\n`);
          exit(
            await seeRunThrough(connection, shell, run, { isJson, after: 0, stopsOnPause: stopsOnPause(shell, flags) }),
          );
        },
        STAYS,
      );
    });

  program
    .command('resume')
    .description('resume a run from its newest checkpoint')
    .argument('<run>', 'run id, an unambiguous part of one, or latest')
    .option(...WAIT)
    .option(...JSON_OPTION)
    .action(async (wanted: string, flags: Pick<RunFlags, 'json' | 'wait'>) => {
      const isJson = flags.json ?? false;
      await withHost(
        shell,
        async (client, connection) => {
          const { sequence } = await client.runs.get({ run: wanted });
          const run = await client.runs.resume({ run: wanted });
          if (isJson) shell.print(jsonLine({ type: 'started', run: run.id, folder: run.folder }));
          const stops = stopsOnPause(shell, flags);
          exit(await seeRunThrough(connection, shell, run, { isJson, after: sequence, stopsOnPause: stops }));
        },
        STAYS,
      );
    });
};
