import process from 'node:process';
import { dataFolder } from '#setup/data-folder.mjs';
import { runCli } from './run-cli.ts';
import type { Shell } from './shell.ts';

function onInterrupt(listener: () => void): () => void {
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}

const shell: Shell = {
  home: dataFolder(),
  folder: process.cwd(),
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  remark: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY ?? false,
  onInterrupt,
};

// A reader that has left, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), shell);
