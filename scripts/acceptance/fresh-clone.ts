import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { AcceptanceLine } from './line.ts';
import { ROOT, runProgram } from './run-program.ts';

const QUICK_SECONDS = 1;

/** The environment of a new user, without the variables that the setup of this clone passes to its programs. */
function newcomersEnvironment(): NodeJS.ProcessEnv {
  const own = join(ROOT, 'node_modules');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(own));
  const others = Object.entries(process.env).filter(
    ([name]) => !/^(KEEL_|npm_|LD_LIBRARY_PATH$|NODE$|INIT_CWD$)/.test(name),
  );
  return { ...Object.fromEntries(others), PATH: path.join(delimiter) };
}

export const freshClone: AcceptanceLine = {
  number: 1,
  title: 'In an empty clone with an empty data folder `npm run demo` and `npm test` pass; the second start is quick',
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-clone-'));
    const clone = join(folder, 'keel');
    const environment = { ...newcomersEnvironment(), KEEL_HOME: join(folder, 'home') };
    const cloned = await runProgram('git', ['clone', '-q', ROOT, clone]);
    if (cloned.code !== 0) throw new Error(cloned.stderr);
    const npm = (args: readonly string[]) => runProgram('npm', args, { cwd: clone, environment, onLine: tell });
    const demo = await npm(['run', 'demo']);
    const again = await npm(['run', 'keel', '--', '--version']);
    const test = await npm(['test']);
    rmSync(folder, { recursive: true, force: true });
    return {
      passed: demo.code === 0 && test.code === 0 && again.code === 0,
      figures: [
        `demo with set-up: ${demo.seconds.toFixed(0)} s, exit ${demo.code}`,
        `second start (npm included): ${again.seconds.toFixed(2)} s, wanted about ${QUICK_SECONDS} s`,
        `tests: ${test.seconds.toFixed(0)} s, exit ${test.code}`,
      ],
    };
  },
};
