import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flagsOf, SHAPES } from '../bench/bench-shapes.ts';
import { PHASES, runPairs } from '../bench/run-pairs.ts';
import { pythonWithTransformers } from './golden-models.ts';
import type { AcceptanceLine } from './line.ts';
import { keel, ROOT, runProgram } from './run-program.ts';

const BASELINE = join(ROOT, '../shared/peer/apa_torch.py');

/** Keel's iteration time over PyTorch's, at most. */
const LIMITS = [
  ['2.2M', 1.6],
  ['70M', 1.2],
] as const;

/** The baseline and the Python that runs it. Throws where either is absent. */
export function openBaseline(): { readonly baseline: string; readonly python: string } {
  if (!existsSync(BASELINE)) throw new Error(`the baseline is absent (${BASELINE})`);
  return { baseline: BASELINE, python: pythonWithTransformers() };
}

function compare([name, limit]: (typeof LIMITS)[number], beside: ReturnType<typeof openBaseline>) {
  const report = runPairs({ ...beside, pairs: 3, compile: false }, flagsOf(SHAPES[name]), () => undefined);
  const phases = PHASES.map((phase) => `${phase} ${report.phases[phase].toFixed(2)}`);
  const figure = `${name}: Keel / PyTorch ${report.ratio.toFixed(3)} (limit ${limit}; ${phases.join(', ')})`;
  return { passed: report.ratio <= limit, figure };
}

async function sameLosses(python: string): Promise<{ readonly passed: boolean; readonly figure: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'keel-dump-'));
  const dump = await runProgram(python, [BASELINE, '--device', 'cpu', '--json', '--iterations', '1', '--dump', folder]);
  if (dump.code !== 0) throw new Error(dump.stderr.slice(-1500));
  const [result] = await keel(['bench', '--check', folder]);
  rmSync(folder, { recursive: true, force: true });
  return {
    passed: result?.passed === true,
    figure: `losses on the baseline's weights and batch: ${JSON.stringify(result)}`,
  };
}

export const baseline: AcceptanceLine = {
  number: 8,
  title: "An APA iteration beside the PyTorch baseline, in turn, three times; its losses on the baseline's batch",
  async run(tell) {
    const beside = openBaseline();
    const outcomes = [];
    for (const line of LIMITS) {
      outcomes.push(compare(line, beside));
      tell(outcomes.at(-1)!.figure);
    }
    outcomes.push(await sameLosses(beside.python));
    return { passed: outcomes.every(({ passed }) => passed), figures: outcomes.map(({ figure }) => figure) };
  },
};
