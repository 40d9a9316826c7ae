import process from 'node:process';
import { dataFolder } from '#setup/data-folder.mjs';
import { createInterrupts } from './interrupts.ts';
import { runCli } from './run-cli.ts';
import type { Shell } from './shell.ts';

const shell: Shell = {
  home: dataFolder(),
  folder: process.cwd(),
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  remark: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY ?? false,
  stdio: { input: process.stdin, output: process.stdout },
  onInterrupt: createInterrupts(process, () => performance.now()),
};

// A closed reader, such as `head`, is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// A closed terminal does not accept any more output; the run is still stopped with a checkpoint.
process.stderr.on('error', () => undefined);

process.exitCode = await runCli(process.argv.slice(2), shell);
