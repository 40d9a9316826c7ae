import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../architecture/source-tree.ts';

export interface ServeAppOptions {
  /** The data folder. */
  readonly home: string;
  /** Folders beside the data folder that the page may use. */
  readonly roots?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The repository that serves; this one without it. */
  readonly root?: string;
}

export interface Serving {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts `keel serve` as a person would and reads its link. */
export async function serveApp({ home, roots, environment, root = ROOT }: ServeAppOptions): Promise<Serving> {
  const engine = process.env.KEEL_ENGINE_BINDING ?? '';
  const child = spawn(
    process.execPath,
    [
      join(root, 'src-main/cli/main.ts'),
      'serve',
      '--port',
      '0',
      '--json',
      ...(roots ?? []).flatMap((root) => ['--root', root]),
    ],
    {
      cwd: home,
      env: { ...process.env, KEEL_HOME: home, KEEL_ENGINE_BINDING: engine, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let words = '';
  child.stderr.on('data', (text: Buffer) => {
    words = (words + text.toString()).slice(-4000);
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = line.startsWith('{') ? (JSON.parse(line) as { type?: string; url?: string }) : {};
      if (said.type === 'serving' && said.url) resolve(said.url);
    });
    child.once('exit', (code) => reject(new Error(`keel serve ended with ${code}: ${words}`)));
  });
  return { url, child };
}

/** Ends a host and waits for it. */
export async function endApp(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
