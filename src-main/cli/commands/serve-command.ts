import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { KeelError } from '#contract/errors.ts';
import { isLoopback } from '../../headless/addresses.ts';
import { openBrowser } from '../../headless/open-browser.ts';
import { type Headless, startHeadless } from '../../headless/start-headless.ts';
import { type AddCommand, collect, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { wholeNumber } from '../parse-number.ts';
import type { Shell } from '../shell.ts';
import { onTwoStops } from '../two-stops.ts';

interface ServeFlags {
  readonly host: string;
  readonly port?: number;
  readonly open?: boolean;
  readonly root: string[];
  readonly json?: boolean;
}

const PAGE_FOLDER = fileURLToPath(new URL('../../../dist/renderer', import.meta.url));
const LARGEST_PORT = 65_535;

function requireFolder(shell: Shell, folder: string): string {
  const path = resolve(shell.folder, folder);
  if (existsSync(path) && statSync(path).isDirectory()) return path;
  throw new KeelError({ code: 'folder_missing', why: `The folder ${path} does not exist.`, fix: 'Check --root.' });
}

function port(text: string): number {
  const value = wholeNumber(0)(text);
  if (value <= LARGEST_PORT) return value;
  throw new KeelError({ code: 'port_impossible', why: `Port ${value} does not exist.`, fix: 'Use 0 to 65535.' });
}

function tellLink({ server }: Headless, shell: Shell, isJson: boolean, link: string): void {
  if (isJson) shell.print(jsonLine({ type: 'serving', url: link, port: server.port, pid: process.pid }));
  else shell.print(`Keel is at ${link}`);
}

/** A line on standard input requests a link: Enter for another one, `r` for one that invalidates all earlier ones. */
function answerLines(headless: Headless, shell: Shell, isJson: boolean): () => void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { server } = headless;
    tellLink(headless, shell, isJson, line.trim() === 'r' ? server.rotate() : server.renew());
  });
  return () => lines.close();
}

/** Serves until Ctrl-C, which stops the runs with checkpoints; a second Ctrl-C stops them immediately. */
async function serveUntilStopped(shell: Shell, headless: Headless): Promise<void> {
  let stopped: () => void = () => undefined;
  const whenStopped = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const end = onTwoStops(shell, (isSecond) => {
    shell.remark(isSecond ? 'Stopping immediately.\n' : 'Stopping. Runs are stopped with checkpoints.\n');
    if (isSecond) headless.close({ now: true }).catch(() => undefined);
    else stopped();
  });
  try {
    await Promise.race([whenStopped, headless.broken]);
  } finally {
    await headless.close().finally(end);
  }
}

async function serve(shell: Shell, flags: ServeFlags): Promise<void> {
  const { home, environment, engineEntry } = shell;
  const isJson = flags.json ?? false;
  const headless = await startHeadless({
    home,
    environment,
    ...(engineEntry && { engineEntry }),
    pageFolder: shell.pageFolder ?? PAGE_FOLDER,
    bind: flags.host,
    port: flags.port ?? null,
    roots: flags.root.map((folder) => requireFolder(shell, folder)),
  });
  const link = headless.server.link() ?? '';
  for (const notice of headless.notices) shell.remark(`${notice}\n`);
  if (!isLoopback(flags.host)) {
    shell.remark(`Anyone who can reach ${flags.host} can reach this server. The connection is not encrypted.\n`);
  }
  tellLink(headless, shell, isJson, link);
  shell.remark(
    'The link is valid for one browser. Enter: another link. r: another link, and all pages end. Ctrl-C: stop.\n',
  );
  if (flags.open && !(await openBrowser({ link, home, environment }))) {
    shell.remark('Could not open a browser here. Open the link yourself.\n');
  }
  const endLines = answerLines(headless, shell, isJson);
  await serveUntilStopped(shell, headless).finally(endLines);
}

/** `keel serve`. */
export const addServe: AddCommand = (program, { shell }) => {
  program
    .command('serve')
    .description('serve the app to a browser from an address of this machine (Ctrl-C: checkpoint, then stop)')
    .option('--host <address>', 'address to listen on; other machines can reach any but 127.0.0.1', '127.0.0.1')
    .option('--port <n>', 'port (default: 7420, or any free port if it is taken)', port)
    .option('--open', 'open the browser')
    .option('--root <dir>', 'let pages use this folder, too; can be repeated', collect, [])
    .option(...JSON_OPTION)
    .action((flags: ServeFlags) => serve(shell, flags));
};
