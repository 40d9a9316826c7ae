import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLISHED_SHAPES } from '../../src-main/contract/memory/published-shapes.ts';
import { median } from '../../src-main/engine/jobs/bench/bench-report.ts';
import { pythonWithTransformers } from './golden-models.ts';
import type { AcceptanceLine } from './line.ts';
import { keel, ROOT, runProgram } from './run-program.ts';

const BASELINE = join(ROOT, '../shared/peer/apa_lora_torch.py');
const PAIRS = 3;
/** Keel's iteration time over PyTorch's, at most. */
const MOST_OF_TIME = 0.5;

interface Wanted {
  /** Name of a published shape. */
  readonly shape: string;
  readonly base: 'float32' | 'bfloat16' | 'nf4';
  readonly recompute: boolean;
  /** Peak memory at most, in GB. */
  readonly peak: number;
}

const WANTED: readonly Wanted[] = [
  { shape: 'SmolLM2-135M', base: 'float32', recompute: true, peak: 2 },
  { shape: 'SmolLM2-135M', base: 'bfloat16', recompute: true, peak: 1.4 },
  { shape: 'Qwen2.5-0.5B', base: 'bfloat16', recompute: false, peak: 6 },
  { shape: 'Llama-3.2-1B', base: 'bfloat16', recompute: false, peak: 10 },
  { shape: 'Llama-3.2-1B', base: 'nf4', recompute: true, peak: 6 },
  { shape: 'Llama-3.2-3B', base: 'bfloat16', recompute: true, peak: 24 },
];

interface Cost {
  readonly iteration_seconds: number;
  readonly peak_bytes: number;
  readonly compute_dtype?: string;
}

/** Flags that describe a published shape; the baseline calls the key-value heads by another name. */
function shapeFlags(name: string, kvHeads = '--kv-heads'): string[] {
  const found = PUBLISHED_SHAPES.find((published) => published.name === name);
  if (!found) throw new Error(`there is no published shape ${name}`);
  const { width, layers, heads, keyValueHeads, innerWidth, vocabSize } = found.shape;
  const flags = { '--hidden': width, '--layers': layers, '--heads': heads, [kvHeads]: keyValueHeads };
  return Object.entries({ ...flags, '--intermediate': innerWidth, '--vocab': vocabSize })
    .flat()
    .map(String);
}

const WORK = ['--rollouts', '8', '--chunk', '8', '--batch', '4', '--prompt', '64', '--response', '32'];

/** One APA iteration of Keel with adapters of rank 16; products as narrow as the processor computes them faster. */
async function costOf({ shape, base, recompute }: Omit<Wanted, 'peak'>, iterations: number): Promise<Cost> {
  const kind = ['--family', 'llama', '--tied', '--lora', '16', '--base-dtype', base];
  const narrow = base === 'bfloat16' ? ['--compute-dtype', 'bfloat16'] : [];
  const flags = [...kind, ...narrow, ...(recompute ? ['--recompute'] : []), '--iterations', String(iterations)];
  const [report] = await keel(['bench', ...shapeFlags(shape), ...WORK, ...flags]);
  return report as unknown as Cost;
}

/** The same of the PyTorch baseline, in its default precision. */
async function costOfBaseline(python: string): Promise<Cost> {
  const shape = shapeFlags('SmolLM2-135M', '--kv');
  const outcome = await runProgram(python, [BASELINE, '--json', '--iterations', '2', '--r', '16', ...shape, ...WORK]);
  if (outcome.code !== 0) throw new Error(outcome.stderr.slice(-1500));
  return JSON.parse(outcome.stdout.slice(outcome.stdout.indexOf('{'))) as Cost;
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

/** Times of both programs in turn, for a base in float32 and for one in bfloat16. */
async function pairUp(python: string, tell: (text: string) => void): Promise<boolean> {
  const ratios: Record<'float32' | 'bfloat16', number[]> = { float32: [], bfloat16: [] };
  for (let pair = 0; pair < PAIRS; pair++) {
    const torch = await costOfBaseline(python);
    for (const base of ['float32', 'bfloat16'] as const) {
      const own = await costOf({ shape: 'SmolLM2-135M', base, recompute: false }, 2);
      ratios[base].push(own.iteration_seconds / torch.iteration_seconds);
      tell(
        `SmolLM2-135M, base ${base}, products in ${own.compute_dtype ?? 'float32'}: ${own.iteration_seconds.toFixed(1)} s, ${gigabytes(own.peak_bytes)}; PyTorch ${torch.iteration_seconds.toFixed(1)} s, ${gigabytes(torch.peak_bytes)}`,
      );
    }
  }
  const best = Math.min(median(ratios.float32), median(ratios.bfloat16));
  const figures = Object.entries(ratios).map(([base, all]) => `base ${base} ${median(all).toFixed(2)}`);
  tell(`Keel / PyTorch, medians of ${PAIRS} pairs: ${figures.join(', ')} (wanted ${MOST_OF_TIME})`);
  return best <= MOST_OF_TIME;
}

export const adapterCost: AcceptanceLine = {
  number: 17,
  title: 'APA with adapters on one frozen base, from 135M to 3B parameters: time beside PyTorch, and peak memory',
  async run(tell) {
    if (!existsSync(BASELINE)) throw new Error(`the baseline is absent (${BASELINE})`);
    let passed = await pairUp(pythonWithTransformers(), tell);
    for (const wanted of WANTED) {
      const { iteration_seconds, peak_bytes } = await costOf(wanted, 1);
      passed &&= peak_bytes <= wanted.peak * 1e9;
      const how = `base ${wanted.base}${wanted.recompute ? ', activations computed again' : ''}`;
      tell(
        `${wanted.shape}, ${how}: ${gigabytes(peak_bytes)} (wanted ${wanted.peak}), ${iteration_seconds.toFixed(1)} s`,
      );
    }
    return { passed, figures: [] };
  },
};
