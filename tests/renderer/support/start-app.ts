import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';
import { hasElectron } from '#setup/has-electron.mjs';
import { ROOT } from '../../architecture/source-tree.ts';
import type { ServeAppOptions, Serving } from './serve-app.ts';

/** A program in the place of the person's browser: it only notes what it was told to open. */
function noteOpener(): { readonly folder: string; readonly note: () => string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'keel-opener-')));
  const note = join(folder, 'opened');
  writeFileSync(
    join(folder, 'xdg-open'),
    `#!/bin/sh\nprintf '%s' "$1" > '${note}.new' && mv '${note}.new' '${note}'\n`,
  );
  chmodSync(join(folder, 'xdg-open'), 0o755);
  const read = () => {
    try {
      return readFileSync(note, 'utf8');
    } catch {
      return '';
    }
  };
  return { folder, note: read };
}

/** What `npm start` runs; where Electron is, the same app in the browser. */
const PROGRAM = hasElectron(ROOT) ? ['keel', 'serve', '--open'] : ['start'];

/** Starts the app by the program that `npm start` runs, until it tells the person's browser what to open. */
export async function startApp({ home, environment }: ServeAppOptions): Promise<Serving> {
  const { folder, note } = noteOpener();
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'bootstrap.mjs'), ...PROGRAM, '--port', '0'], {
    cwd: ROOT,
    env: {
      ...process.env,
      KEEL_HOME: home,
      DISPLAY: ':0',
      PATH: [folder, process.env.PATH].join(delimiter),
      ...environment,
    },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  await expect.poll(note, { timeout: 90_000 }).toMatch(/^file:/);
  return { url: note(), child };
}
