import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { startHeadless } from '../../src-main/headless/start-headless.ts';

/** `keel serve` on the data folder of KEEL_HOME, but for its engine, which tells points as fast as it is asked to. */
const headless = await startHeadless({
  home: process.env.KEEL_HOME!,
  engineEntry: fileURLToPath(new URL('./point-engine.ts', import.meta.url)),
  pageFolder: fileURLToPath(new URL('../../dist/renderer', import.meta.url)),
  bind: '127.0.0.1',
  roots: [],
  port: 0,
});
process.stdout.write(`${JSON.stringify({ url: headless.server.link() })}\n`);
const end = () => void headless.close({ now: true }).then(() => process.exit(0));
process.on('SIGTERM', end);
// A bench that is killed takes its host along.
process.stdin.on('end', end).resume();
