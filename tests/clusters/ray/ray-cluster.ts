import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';

/** A real Ray of this machine, with a token; `scripts/test-cluster.ts` has made its Python. */
export interface RayCluster {
  readonly url: string;
  readonly tokenFile: string;
  readonly token: string;
  /** Data folder of the nodes. */
  readonly home: string;
  /** Starts one more node on this machine; returns its processes' ids. */
  addNode(cpus: number): Promise<readonly number[]>;
  /** Ids of the cluster's processes whose command line contains a text. */
  processes(text: string): readonly number[];
  /** Ids of the processes that compute one model together; Ray gives them names of its own. */
  workers(): readonly number[];
  /** Kills the head with its control store, and starts another one at the same address. */
  restart(): Promise<void>;
  stop(): void;
}

/** Starts of Ray that may fail: on a busy machine its parts give up waiting for each other. */
const STARTS = 4;

interface NodeSettings {
  readonly folder: string;
  readonly home: string;
  readonly wantsToken: boolean;
  /** Folder of Ray's Python environment. */
  readonly python: string;
}

/** The environment of Ray's processes: nothing of the test but what a node is set up with. */
function nodeEnvironment({ folder, home, wantsToken, python }: NodeSettings): NodeJS.ProcessEnv {
  const { KEEL_ENGINE_BINDING = '', PATH = '' } = process.env;
  const root = join(import.meta.dirname, '../../..');
  return {
    PATH: `${join(python, 'bin')}:${join(process.execPath, '..')}:${PATH}`,
    HOME: folder,
    RAY_AUTH_MODE: wantsToken ? 'token' : 'disabled',
    RAY_AUTH_TOKEN_PATH: join(folder, 'token'),
    RAY_USAGE_STATS_ENABLED: '0',
    KEEL_HOME: home,
    KEEL_PACKAGES: join(root, 'node_modules'),
    KEEL_ENGINE_BINDING,
  };
}

/** A port that nothing listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** Ids of all processes whose command line or environment names a folder. */
function processesOf(folder: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      return command.includes(folder) || environment.includes(`HOME=${folder}`) ? [{ pid, command }] : [];
    } catch {
      // It has ended, or belongs to someone else.
      return [];
    }
  });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}

/** Ids of processes and of all their descendants. */
export function withDescendants(pids: readonly number[]): readonly number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    try {
      const [, parent = ''] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      return /^\d+$/.test(name) ? [[Number(name), Number(parent)] as const] : [];
    } catch {
      // It has ended.
      return [];
    }
  });
  const found = new Set(pids);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** Kills a cluster: also processes of it that have overwritten their environment with a name of their own. */
function killCluster(folder: string): void {
  killAll(withDescendants(processesOf(folder).map(({ pid }) => pid)));
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
}

async function ray(args: readonly string[], folder: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  const log = openSync(join(folder, 'ray.log'), 'a');
  const child = spawn('ray', args, { cwd: folder, env, stdio: ['ignore', log, log] });
  const [code] = (await once(child, 'exit')) as [number | null];
  closeSync(log);
  return code;
}

interface Ports {
  readonly port: number;
  readonly dashboard: number;
}

async function startHead(
  folder: string,
  env: NodeJS.ProcessEnv,
  cpus: number,
  again: Ports | null = null,
): Promise<Ports> {
  for (let attempt = 1; ; attempt += 1) {
    const { port, dashboard } = again ?? { port: await freePort(), dashboard: await freePort() };
    const sizes = [`--num-cpus=${cpus}`, '--num-gpus=0', '--object-store-memory=80000000'];
    const places = [`--temp-dir=${join(folder, 'r')}`, `--port=${port}`, `--dashboard-port=${dashboard}`];
    const args = ['start', '--head', '--dashboard-host=127.0.0.1', '--disable-usage-stats', ...sizes, ...places];
    if ((await ray(args, folder, env)) === 0) return { port, dashboard };
    killCluster(folder);
    if (attempt === STARTS) throw new Error(`Ray does not start:\n${readFileSync(join(folder, 'ray.log'), 'utf8')}`);
  }
}

/**
 * Starts a head with a token of its own. Stop it in any case.
 * @param options `wantsToken: false` for a cluster that anyone can use; `python`: folder of its Python environment
 */
export async function startRay(
  cpus: number,
  { wantsToken = true, python = process.env.KEEL_RAY ?? '' } = {},
): Promise<RayCluster> {
  // Unix sockets allow a short path only.
  const folder = mkdtempSync('/tmp/kr-');
  const token = [...crypto.getRandomValues(new Uint8Array(32))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const home = join(folder, 'home');
  const env = nodeEnvironment({ folder, home, wantsToken, python });
  const { port, dashboard } = await startHead(folder, env, cpus);
  const processes = (text: string) =>
    processesOf(folder)
      .filter(({ command }) => command.includes(text))
      .map(({ pid }) => pid);
  return {
    url: `http://127.0.0.1:${dashboard}`,
    tokenFile,
    token,
    home,
    processes,
    workers: () => withDescendants(processes('raylet')).filter((pid) => commandOf(pid).includes('RayTrainWorker')),
    async addNode(cpusOfNode) {
      const before = new Set(processesOf(folder).map(({ pid }) => pid));
      const sizes = [`--num-cpus=${cpusOfNode}`, '--num-gpus=0', '--object-store-memory=80000000'];
      const args = ['start', `--address=127.0.0.1:${port}`, '--dashboard-agent-listen-port=0', ...sizes];
      for (let attempt = 1; (await ray(args, folder, env)) !== 0; attempt += 1) {
        if (attempt === STARTS) throw new Error('Ray does not start a node.');
      }
      return processes('').filter((pid) => !before.has(pid));
    },
    async restart() {
      killCluster(folder);
      await startHead(folder, env, cpus, { port, dashboard });
    },
    stop() {
      killCluster(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
