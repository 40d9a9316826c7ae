import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flagsOf, SHAPES } from '../bench/bench-shapes.ts';
import { PHASES, runPairs } from '../bench/run-pairs.ts';
import { pythonWithTransformers } from './golden-models.ts';
import type { AcceptanceLine } from './line.ts';
import { keel, ROOT, runProgram } from './run-program.ts';

const YARDSTICK = join(ROOT, '../shared/peer/apa_torch.py');

/** Keel's iteration time over PyTorch's, at most. */
const LIMITS = [
  ['2.2M', 1.6],
  ['70M', 1.2],
] as const;

/** The yardstick and the Python that runs it. Throws where either is absent. */
export function openYardstick(): { readonly yardstick: string; readonly python: string } {
  if (!existsSync(YARDSTICK)) throw new Error(`the yardstick is absent (${YARDSTICK})`);
  return { yardstick: YARDSTICK, python: pythonWithTransformers() };
}

function compare([name, limit]: (typeof LIMITS)[number], beside: ReturnType<typeof openYardstick>) {
  const report = runPairs({ ...beside, pairs: 3, compile: false }, flagsOf(SHAPES[name]), () => undefined);
  const phases = PHASES.map((phase) => `${phase} ${report.phases[phase].toFixed(2)}`);
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
    const beside = openYardstick();
    const outcomes = [];
    for (const line of LIMITS) {
      outcomes.push(compare(line, beside));
      tell(outcomes.at(-1)!.figure);
    }
    outcomes.push(await sameLosses(beside.python));
    return { passed: outcomes.every(({ passed }) => passed), figures: outcomes.map(({ figure }) => figure) };
  },
};
