import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flagsOf, SHAPES } from '../bench/bench-shapes.ts';
import { pythonWithTransformers } from './golden-models.ts';
import type { AcceptanceLine } from './line.ts';
import { keel, ROOT, runProgram } from './run-program.ts';

export const YARDSTICK = join(ROOT, '../shared/peer/apa_torch.py');

/** Keel's iteration time over PyTorch's, at most. */
const LIMITS = [
  ['2.2M', 1.6],
  ['70M', 1.2],
] as const;

async function compare([name, limit]: (typeof LIMITS)[number], python: string) {
  const script = join(ROOT, 'scripts/bench-pairs.ts');
  const outcome = await runProgram(process.execPath, [
    script,
    '--yardstick',
    YARDSTICK,
    '--python',
    python,
    '--pairs',
    '3',
    '--',
    ...flagsOf(SHAPES[name]),
  ]);
  if (outcome.code !== 0) throw new Error(outcome.stderr.slice(-1500));
  const report = JSON.parse(outcome.stdout) as {
    readonly ratio: number;
    readonly phases: Readonly<Record<string, number>>;
  };
  const phases = Object.entries(report.phases).map(([phase, value]) => `${phase} ${value.toFixed(2)}`);
  const figure = `${name}: Keel / PyTorch ${report.ratio.toFixed(3)} (limit ${limit}; ${phases.join(', ')})`;
  return { passed: report.ratio <= limit, figure };
}

async function sameLosses(python: string): Promise<{ readonly passed: boolean; readonly figure: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'keel-dump-'));
  const dump = await runProgram(python, [
    YARDSTICK,
    '--device',
    'cpu',
    '--json',
    '--iterations',
    '1',
    '--dump',
    folder,
  ]);
  if (dump.code !== 0) throw new Error(dump.stderr.slice(-1500));
  const [result] = await keel(['bench', '--check', folder]);
  rmSync(folder, { recursive: true, force: true });
  return {
    passed: result?.passed === true,
    figure: `losses on the yardstick's weights and batch: ${JSON.stringify(result)}`,
  };
}

export const yardstick: AcceptanceLine = {
  number: 8,
  title: "An APA iteration beside the PyTorch yardstick, in turn, three times; its losses on the yardstick's batch",
  async run(tell) {
    if (!existsSync(YARDSTICK)) throw new Error(`the yardstick is absent (${YARDSTICK})`);
    const python = pythonWithTransformers();
    const outcomes = [];
    for (const line of LIMITS) {
      outcomes.push(await compare(line, python));
      tell(outcomes.at(-1)!.figure);
    }
    outcomes.push(await sameLosses(python));
    return { passed: outcomes.every(({ passed }) => passed), figures: outcomes.map(({ figure }) => figure) };
  },
};
