import { fileURLToPath } from 'node:url';
import { describeProducts, describeTuning } from '#contract/describe-tuning.ts';
import { runChild } from '#setup/run-child.mjs';
import { checkSystem } from '../../runs/diagnostics/system-check.ts';
import { renderSystemReport } from '../../runs/diagnostics/system-report-text.ts';
import { tuneEngine } from '../../runs/diagnostics/tune-engine.ts';
import { type AddCommand, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { EXIT, type Shell } from '../shell.ts';

const ENGINE_SETUP = fileURLToPath(new URL('../../../scripts/setup/engine.mjs', import.meta.url));

/** Measures the engine settings again. */
async function tune(shell: Shell): Promise<void> {
  shell.remark('Measuring which engine settings are fastest on this machine. This takes about 30 seconds.\n');
  const tuning = await tuneEngine(shell.home, shell.environment);
  shell.remark(`${describeTuning(tuning)}\n${describeProducts(tuning)}\n`);
}

/** `keel system`, and `keel engine …`, which runs the engine setup. */
export const addSystem: AddCommand = (program, { shell, exit }) => {
  const check = async ({ json }: { readonly json?: boolean }) => {
    const report = await checkSystem({ home: shell.home, environment: shell.environment });
    shell.print(json ? jsonLine(report, 2) : renderSystemReport(report));
    exit(report.healthy ? EXIT.ok : EXIT.failure);
  };
  program
    .command('system')
    .description(
      'check the engine, device, versions, memory, and disk; each problem comes with the command that fixes it',
    )
    .option(...JSON_OPTION)
    .action(check);
  program
    .command('doctor', { hidden: true })
    .option(...JSON_OPTION)
    .action((flags) => {
      shell.remark('`keel doctor` is now `keel system`.\n');
      return check(flags);
    });
  program
    .command('engine')
    .description(
      'install the engine (install [--device cpu|gpu|javascript] [--from FOLDER]), show its state (status), or ' +
        'measure its fastest settings on this machine (tune)',
    )
    .argument('[arguments...]')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (_: string[], __: unknown, command: { readonly args: readonly string[] }) => {
      const wantsHelp = command.args.some((argument) => argument === '--help' || argument === '-h');
      if (command.args[0] === 'tune' && !wantsHelp) return tune(shell);
      const env = { ...shell.environment, KEEL_HOME: shell.home };
      const { code } = await runChild(process.execPath, [ENGINE_SETUP, ...command.args], { env, cwd: shell.folder });
      exit(code ?? EXIT.failure);
    });
};
