import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const KEPT_MILLISECONDS = 60_000;

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Whether there is a graphical session. Without X or Wayland, xdg-open would start a text browser in this terminal. */
function hasScreen(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): boolean {
  return platform === 'darwin' || platform === 'win32' || Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

export interface OpenRequest {
  readonly link: string;
  /** The data folder. */
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
}

/**
 * Opens the link in the user's browser; returns false if there is none. The link is passed in a file that only this
 * user can read and that is removed soon, because every user of the machine can see a program's arguments.
 */
export function openBrowser({ link, home, environment, platform = process.platform }: OpenRequest): Promise<boolean> {
  if (!hasScreen(platform, environment)) return Promise.resolve(false);
  const file = join(home, `open-${process.pid}.html`);
  const page = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url=${link}"><title>Keel</title>`;
  rmSync(file, { force: true });
  writeFileSync(file, page, { mode: 0o600, flag: 'wx' });
  const remove = () => rmSync(file, { force: true });
  setTimeout(remove, KEPT_MILLISECONDS).unref();
  process.once('exit', remove);
  const [command = '', ...first] = OPENERS[platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(command, [...first, pathToFileURL(file).href], {
      detached: true,
      stdio: 'ignore',
      env: environment,
    });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
