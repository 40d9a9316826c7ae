import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readExactJson } from '#contract/exact-json.ts';
import { commandSchema, type EngineEvent, type Job } from '#engine/protocol.ts';
import { type RelayMessage, toFrames } from '../frames.ts';
import { filesBelow, filesOfRun } from './run-files.ts';

/**
 * The relay between an engine and the log of its Ray job: `relay.ts JOB-FOLDER`. Commands arrive on standard input, one
 * JSON text per line; the engine's events leave on standard output, in frames. The engine is an ordinary engine process
 * in the job's `base` folder. It ends when this process does, and this process when its input closes.
 */

const ENGINE = fileURLToPath(new URL('../../engine/process.ts', import.meta.url));
const STDERR_KEPT = 4000;
const folder = process.argv[2] ?? process.cwd();
/** Where the engine works; the paths of its job are relative to it. */
const base = join(folder, 'base');

const relayCommandSchema = z.union([
  commandSchema,
  z.object({ kind: z.literal('owner'), owner: z.string() }),
  z.object({ kind: z.literal('kill') }),
]);

let printed = 0;
let runFolder = join(folder, 'home', 'runs');
let stderr = '';

/** Paths as the desktop knows them: relative to the folder in which the engine works. */
function withoutJobFolder(text: string): string {
  return text.replaceAll(`${base}/`, '').replaceAll(`${folder}/home/`, '../home/');
}

function tell(message: RelayMessage): void {
  printed += 1;
  for (const line of toFrames(printed, message)) process.stdout.write(`${withoutJobFolder(line)}\n`);
}

/** The files of a checkpoint or an artifact, with the small files beside them that describe the run. */
function filesOf(event: EngineEvent) {
  if (event.kind === 'checkpoint') return filesBelow(runFolder, resolve(base, event.checkpoint.folder));
  if (event.kind === 'artifact') return filesBelow(runFolder, resolve(base, event.artifact.folder));
  // A trial leaves a model for the trials of later stages.
  const left = join(runFolder, 'artifacts');
  if (event.kind === 'result' && existsSync(left)) return filesBelow(runFolder, left);
  return [];
}

function tellEvent(event: EngineEvent): void {
  const files = filesOf(event);
  tell({ kind: 'event', event, files: files.length > 0 ? [...files, ...filesOfRun(runFolder)] : [] });
}

const engine = spawn(process.execPath, ['--enable-source-maps', ENGINE], {
  cwd: base,
  stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  serialization: 'advanced',
});

function makeFolderOf(job: Job): void {
  if (job.kind === 'run') runFolder = resolve(base, job.runFolder);
  else if (job.kind === 'preflight') runFolder = dirname(resolve(base, job.scratch));
  mkdirSync(job.kind === 'preflight' ? resolve(base, job.scratch) : runFolder, { recursive: true });
}

function obey(line: string): void {
  const command = relayCommandSchema.parse(readExactJson(line));
  if (command.kind === 'kill') engine.kill('SIGKILL');
  else if (command.kind === 'owner') tell({ kind: 'owner', owner: command.owner });
  else {
    if (command.kind === 'start') makeFolderOf(command.job);
    if (engine.connected) engine.send(command, () => undefined);
  }
}

tell({ kind: 'node', node: process.env.KEEL_NODE_ID ?? '', host: hostname(), cores: availableParallelism() });
engine.stdout?.setEncoding('utf8').on('data', (text: string) => tell({ kind: 'output', text }));
engine.stderr?.setEncoding('utf8').on('data', (text: string) => {
  stderr = (stderr + text).slice(-STDERR_KEPT);
  tell({ kind: 'output', text });
});
engine.on('message', (message) => tellEvent(message as EngineEvent));
engine.on('error', (error) => {
  stderr += `\n${error.message}`;
});
engine.on('close', (code, signal) => {
  tell({ kind: 'exit', code, signal, stderr, files: [...filesOfRun(runFolder)] });
  process.exit(0);
});
createInterface({ input: process.stdin })
  .on('line', obey)
  .on('close', () => engine.kill('SIGKILL'));
// A stop of the job reaches the engine as well; where it reached only this process, the engine is told.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => engine.kill('SIGTERM'));
