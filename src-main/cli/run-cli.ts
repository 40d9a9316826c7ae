import { Command } from 'commander';
import { keelVersion } from '../runs/diagnostics/describe-environment.ts';
import type { AddCommand } from './command-context.ts';
import { addArithmetic } from './commands/arithmetic-command.ts';
import { addBench } from './commands/bench-command.ts';
import { addCluster } from './commands/cluster-command.ts';
import { addDataset } from './commands/dataset-command.ts';
import { addDemo } from './commands/demo-command.ts';
import { addEvaluate } from './commands/evaluate-command.ts';
import { addExport } from './commands/export-command.ts';
import { addGenerate } from './commands/generate-command.ts';
import { addModel } from './commands/model-command.ts';
import { addRun } from './commands/run-command.ts';
import { addRuns } from './commands/runs-command.ts';
import { addScoring } from './commands/score-commands.ts';
import { addServe } from './commands/serve-command.ts';
import { addStudy } from './commands/study-commands.ts';
import { addSystem } from './commands/system-commands.ts';
import { describeOption, FIRST_STEPS, groupCommands } from './help-style.ts';
import { EXIT, type Shell } from './shell.ts';
import { showError } from './show-error.ts';

const COMMANDS: readonly AddCommand[] = [
  addSystem,
  addModel,
  addDataset,
  addRun,
  addRuns,
  addStudy,
  addServe,
  addCluster,
  addScoring,
  addEvaluate,
  addGenerate,
  addExport,
  addDemo,
  addArithmetic,
  addBench,
];

/** Every command; `exit` receives the exit code of one that ends without an error. */
export function commandProgram(shell: Shell, exit: (code: number) => void): Command {
  const program = new Command('keel')
    .description('Fine-tune language models from human feedback, entirely on this machine.')
    .version(keelVersion(), '-V, --version')
    .configureHelp({ optionDescription: describeOption })
    .addHelpText('after', FIRST_STEPS)
    .showHelpAfterError('(use --help for details)')
    .exitOverride()
    // Otherwise a command takes options that stand behind its subcommand, such as the --json of `study show`, for its own.
    .enablePositionalOptions()
    .configureOutput({ writeOut: (text) => shell.print(text.trimEnd()), writeErr: shell.remark });
  for (const add of COMMANDS) add(program, { shell, exit });
  groupCommands(program);
  return program;
}

/**
 * Runs one command line and returns the exit code: 0 done, 1 failed, 2 wrong usage, 3 stopped by the run doctor, 130
 * canceled.
 */
export async function runCli(args: readonly string[], shell: Shell): Promise<number> {
  let code: number = EXIT.ok;
  const program = commandProgram(shell, (wanted) => {
    code = wanted;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return showError(error, shell, args.includes('--json'));
  }
}
