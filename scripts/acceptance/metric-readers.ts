import { pythonWithTransformers } from './golden-models.ts';
import type { AcceptanceLine } from './line.ts';
import { runProgram, testCount, vitest } from './run-program.ts';

const PACKAGES = 'pandas, pyarrow, tensorboard, tbparse, trackio';
/** What the checking script prints, one line per reader. */
const READ = /^(\S+): \d+ values\b.*/;
const READERS = 7;

export const metricReaders: AcceptanceLine = {
  number: 15,
  title: 'Exported metrics open in the readers of their formats with the values of the run',
  async run() {
    const python = pythonWithTransformers();
    const probe = await runProgram(python, ['-c', `import ${PACKAGES}`]).catch(() => null);
    if (probe?.code !== 0) throw new Error(`set KEEL_PYTHON to a Python with ${PACKAGES}`);
    const tests = await vitest(['tests/trackers'], { KEEL_TEST_PYTHON: python });
    const read = tests.stdout.split('\n').filter((line) => READ.test(line));
    return { passed: tests.code === 0 && read.length === READERS, figures: [testCount(tests), ...read] };
  },
};
