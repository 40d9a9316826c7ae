import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/**
 * Places of the system's Chromium; `KEEL_CHROMIUM` names another one. The one that is built without windows comes first: a
 * page test takes three quarters of the time in it.
 */
const CHROMIUM = [
  process.env.KEEL_CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The system's Chromium without a window. */
export function launchChromium(): Promise<Browser> {
  const executablePath = CHROMIUM.find((path) => path && existsSync(path));
  if (!executablePath)
    throw new Error('No Chromium is installed: apt-get install chromium-headless-shell, or set KEEL_CHROMIUM.');
  return chromium.launch({ executablePath, args: FLAGS });
}
