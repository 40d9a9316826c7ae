import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { electronProgram } from '#setup/has-electron.mjs';
import { ROOT } from './build-once.ts';

/** The smoke test of the real app. Where Electron's program is missing it says so in one line and passes. */
const executablePath = electronProgram(ROOT);

function check(what: string, isRight: boolean): void {
  process.stdout.write(`${isRight ? 'ok  ' : 'FAIL'} ${what}\n`);
  if (!isRight) process.exitCode = 1;
}

async function smoke(): Promise<void> {
  const { _electron } = await import('playwright-core');
  const home = mkdtempSync(join(tmpdir(), 'keel-electron-'));
  const env = { ...process.env, KEEL_HOME: home, KEEL_NODE: process.execPath } as Record<string, string>;
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = await _electron.launch({ executablePath, args: [...flags, ROOT], env });
  const page = await app.firstWindow();
  await page.getByRole('navigation').first().waitFor();
  check('the window shows the page of its own scheme', page.url().startsWith('keel://app/'));
  const seen = await page.evaluate(() => ({
    bridge: Object.keys((globalThis as unknown as { keelDesktop: object }).keelDesktop).sort(),
    node: typeof (globalThis as { process?: unknown }).process + typeof (globalThis as { require?: unknown }).require,
  }));
  check(
    'the page gets two functions and nothing of Node',
    JSON.stringify(seen) === '{"bridge":["openPort","pathForFile"],"node":"undefinedundefined"}',
  );
  const evaluated = await page.evaluate(() => {
    try {
      return new Function('return 1')() as number;
    } catch {
      return 0;
    }
  });
  check('the page evaluates no text', evaluated === 0);
  const opened = await page.evaluate<boolean>("window.open('https://example.com') === null");
  check('the page opens no window', opened && app.windows().length === 1);
  await page.evaluate("window.location.href = 'https://example.com/'");
  check('the page goes nowhere else', page.url().startsWith('keel://app/'));
  const fetched = await page.evaluate(() =>
    fetch('https://example.com/').then(
      () => true,
      () => false,
    ),
  );
  check('the page fetches nothing', !fetched);
  await app.close();
}

if (existsSync(executablePath)) await smoke();
else
  process.stdout.write(
    `Skipped: Electron's program is not here (${executablePath}); \`npx install-electron\` brings it.\n`,
  );
