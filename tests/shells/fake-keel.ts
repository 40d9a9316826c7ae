import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createInterrupts } from '../../src-main/cli/interrupts.ts';
import { runCli } from '../../src-main/cli/run-cli.ts';

/** `keel` as a program of its own, with engines that compute nothing: for tests that kill and interrupt it. */
process.exitCode = await runCli(process.argv.slice(2), {
  home: process.env.KEEL_HOME ?? '',
  folder: process.cwd(),
  environment: process.env,
  engineEntry: fileURLToPath(new URL('../runs/fake-engine.ts', import.meta.url)),
  pageFolder: fileURLToPath(new URL('../fixtures/page', import.meta.url)),
  print: (line) => void process.stdout.write(`${line}\n`),
  remark: (text) => void process.stderr.write(text),
  isTerminal: false,
  stdio: { input: process.stdin, output: process.stdout },
  onInterrupt: createInterrupts(process, () => performance.now()),
});
