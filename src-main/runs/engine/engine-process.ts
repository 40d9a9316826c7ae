import { type ChildProcess, spawn } from 'node:child_process';
import type { z } from 'zod';
import { commandSchema, type EngineExit, type EngineProcess, engineEventSchema } from '#engine/protocol.ts';
import type { SilenceLimits } from './drive-engine.ts';

/** What is computed where, and the folder of this machine that its files come back to. */
export interface ComputedRun {
  readonly id: string;
  readonly device: string;
  readonly folder: string;
}

export interface EngineSpawn {
  /** The program that implements the engine's protocol. */
  readonly entry: string;
  /** Base folder for relative paths of the job. */
  readonly cwd: string;
  /** The complete environment: TensorFlow reads its settings before the first line of the engine runs. */
  readonly env: NodeJS.ProcessEnv;
  /** Added to the command line, so that an engine that outlived its host can be identified. */
  readonly tag: string;
  /** Receives the output of the engine's libraries. */
  readonly onOutput: (text: string) => void;
  /** The run that it will compute; for a short job on a cluster, what stands for one. */
  readonly run?: ComputedRun;
}

export interface SpawnedEngine {
  readonly engine: EngineProcess;
  readonly pid: number | null;
  /** How long it may be silent, if not as long as an engine of this machine. */
  readonly silence?: SilenceLimits;
}

export type SpawnEngine = (request: EngineSpawn) => SpawnedEngine;

const STDERR_KEPT = 4000;

/** Starts an engine as a child of a real Node. It has its own process group, so that Ctrl-C reaches only the host. */
export const spawnEngine: SpawnEngine = ({ entry, cwd, env, tag, onOutput }) => {
  const child = spawn(process.execPath, ['--enable-source-maps', entry, tag], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  return { engine: asEngine(child, onOutput), pid: child.pid ?? null };
};

/** Describes an unreadable message: its kind and the first path that does not match the schema. */
function describeFault(message: unknown, error: z.ZodError): string {
  const kind = typeof message === 'object' && message !== null && 'kind' in message ? String(message.kind) : 'unknown';
  const [issue] = error.issues;
  return `${kind} message, ${issue?.path.join('.') || 'whole'}: ${issue?.message ?? 'does not match the schema'}`;
}

function asEngine(child: ChildProcess, onOutput: (text: string) => void): EngineProcess {
  const listeners: Parameters<EngineProcess['onEvent']>[0][] = [];
  const tellAll = (event: Parameters<(typeof listeners)[number]>[0]) => {
    for (const listener of listeners) listener(event);
  };
  let stderr = '';
  let unreadable: string | null = null;
  child.stdout?.setEncoding('utf8').on('data', onOutput);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
    onOutput(text);
  });
  child.on('message', (message) => {
    // Later messages would look like a gap in its events, which is not the actual problem.
    if (unreadable !== null) return;
    const parsed = engineEventSchema.safeParse(message);
    if (parsed.success) return tellAll(parsed.data);
    unreadable = describeFault(message, parsed.error);
    onOutput(`error: ${unreadable}`);
    child.kill('SIGKILL');
  });
  let gone = false;
  const leave = (code: number | null, signal: string | null) => {
    if (gone) return;
    gone = true;
    tellAll({ kind: 'exit', code, signal, stderr, unreadable } satisfies EngineExit);
  };
  child.on('error', (error) => {
    stderr += `\n${error.message}`;
    if (child.pid === undefined) leave(null, null);
  });
  // "close", not "exit": the last messages and the last output on stderr arrive before it.
  child.on('close', leave);
  return {
    send: (command) => {
      // A closed channel is reported by the exit event; the command has no receiver.
      if (child.connected) child.send(commandSchema.parse(command), () => undefined);
    },
    onEvent: (listener) => void listeners.push(listener),
    kill: () => void child.kill('SIGKILL'),
  };
}
