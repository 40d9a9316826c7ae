import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { EngineDevice } from '#contract/api/system.ts';
import { KeelError } from '#contract/errors.ts';
import { networkEnvironment } from '#setup/network-environment.mjs';
import type { WorkDesk } from '../host/background-job.ts';

const SETUP = fileURLToPath(new URL('../../../scripts/setup/engine.mjs', import.meta.url));

/** How often to check whether the caller is still waiting. */
const CHECK_MILLISECONDS = 200;

const toldSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('log'), text: z.string() }),
  z.object({ kind: z.literal('progress'), label: z.string(), done: z.number(), total: z.number() }),
]);

export interface EngineInstall {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Null selects the best device of this machine. */
  readonly device: EngineDevice | null;
  /** Rebuilds an existing engine. */
  readonly force: boolean;
}

function failed(words: string): KeelError {
  const lines = words.trim().split('\n').filter(Boolean);
  return new KeelError({
    code: 'engine_install_failed',
    why: `The engine could not be set up. ${lines.slice(-3).join(' ')}`.trim(),
    fix: 'The current engine is unchanged. Fix the cause and try again; downloaded files are kept.',
  });
}

/**
 * Runs the engine setup in a separate process, as `keel engine install` does, and reports its progress.
 * Throws `engine_install_failed` with its last output, or `canceled`.
 */
export async function installEngine(
  { home, environment, device, force }: EngineInstall,
  desk: WorkDesk,
): Promise<void> {
  desk.check();
  const args = ['install', '--quiet', ...(device ? ['--device', device] : []), ...(force ? ['--force'] : [])];
  const child = fork(SETUP, args, {
    env: { ...networkEnvironment(environment), KEEL_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
  child.on('message', (message) => {
    const told = toldSchema.safeParse(message);
    if (!told.success) return;
    if (told.data.kind === 'log') desk.log(told.data.text);
    else desk.progress(told.data.label, told.data.done, told.data.total);
  });
  let stopped: unknown = null;
  const watch = setInterval(() => {
    try {
      desk.check();
    } catch (error) {
      stopped = error;
      child.kill();
    }
  }, CHECK_MILLISECONDS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (stopped) throw stopped;
    if (code !== 0) throw failed(words);
  } finally {
    clearInterval(watch);
  }
}
