import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smollm2 } from '../../tests/support/smollm2.ts';
import type { AcceptanceLine } from './line.ts';
import { trainingQuestions } from './pretrained/questions.ts';
import { keel, ROOT, runProgram } from './run-program.ts';

const MINUTES = 30;
const LARGEST_SHARE = 0.05;
const PROMPTS = 400;
/** Tokens of a prompt, evenly spread; a question has about 6. */
const SHORTEST = 20;
const LONGEST = 200;
const TOKENS_PER_QUESTION = 6;

/** Prompts of several questions each, evenly spread over the lengths. */
function promptRows(): string {
  const span = LONGEST - SHORTEST;
  return Array.from({ length: PROMPTS }, (_, row) => {
    const tokens = SHORTEST + ((row * 37) % span);
    const count = Math.ceil(tokens / TOKENS_PER_QUESTION);
    const questions = Array.from({ length: count }, (__, place) => {
      return trainingQuestions[(row * 5 + place * 7) % trainingQuestions.length];
    });
    return JSON.stringify({ prompt: questions.join(' ') });
  }).join('\n');
}

function configOf(model: string, prompts: string) {
  return {
    recipe: 'apa',
    name: 'build-share',
    seed: 0,
    model,
    adapter: { peft_type: 'lora', r: 16, lora_alpha: 32, target_modules: ['all-linear'] },
    engine: { frozen_dtype: 'bfloat16', compute_dtype: 'bfloat16' },
    data: { files: [prompts], held_out_fraction: 0.05 },
    reward: { type: 'rules', rules: [{ type: 'length', unit: 'words', min: 5, max: 20, falloff: 20 }] },
    generation: { max_new_tokens: 32, temperature: 0.8 },
    rollouts: { num_rollouts: 16, chunk_size: 16 },
    updates: { total_iterations: 1000, minibatch_size: 8 },
    optimizer: { learning_rate: 1e-4 },
    evaluation: { interval_iterations: 20, num_prompts: 16, num_samples: 0 },
  };
}

type Point = Readonly<Record<string, number>>;

/**
 * Runs a config for some minutes and stops it as a user does; gives the metrics of its iterations. Throws if the run ends
 * by itself before that.
 */
async function runFor(minutes: number, config: string): Promise<readonly Point[]> {
  const points: Point[] = [];
  const end = performance.now() + minutes * 60_000;
  let isStopping = false;
  const onLine = (line: string) => {
    if (!line.startsWith('{"type":"metrics"')) return;
    const { run, metrics } = JSON.parse(line) as { readonly run: string; readonly metrics: Point };
    if (metrics['time/build_share'] === undefined) return;
    points.push(metrics);
    if (isStopping || performance.now() < end) return;
    isStopping = true;
    void keel(['runs', 'stop', run]).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  };
  const program = [join(ROOT, 'src-main/cli/main.ts'), 'run', config, '--json'];
  const { code, stderr } = await runProgram(process.execPath, program, { onLine });
  if (!isStopping) throw new Error(`The run ended with ${code} before its time: ${stderr.slice(-1500)}`);
  return points;
}

export const buildShare: AcceptanceLine = {
  number: 19,
  title: `${MINUTES} minutes of APA on SmolLM2-135M with prompts of ${SHORTEST} to ${LONGEST} tokens: the share that builds graphs`,
  async run(tell) {
    const model = smollm2();
    if ('missing' in model) throw new Error(`SmolLM2-135M-Instruct is absent: ${model.missing}`);
    const folder = mkdtempSync(join(tmpdir(), 'keel-build-share-'));
    try {
      const [prompts, config] = [join(folder, 'prompts.jsonl'), join(folder, 'apa.json')];
      writeFileSync(prompts, promptRows());
      writeFileSync(config, JSON.stringify(configOf(model.path, prompts)));
      const points = await runFor(MINUTES, config);
      for (const [index, point] of points.entries()) {
        if (index % 10 !== 0) continue;
        const share = point['time/build_share']!.toFixed(3);
        tell(`iteration ${index + 1}: ${point['system/graphs']} graphs, ${share} of the time`);
      }
      const last = points.at(-1)!;
      const share = last['time/build_share']!;
      return {
        passed: share <= LARGEST_SHARE,
        figures: [
          `${points.length} iterations, ${last['system/graphs']} graphs in ${last['system/graph_seconds']!.toFixed(0)} s: ` +
            `${share.toFixed(3)} of the time (at most ${LARGEST_SHARE})`,
        ],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
