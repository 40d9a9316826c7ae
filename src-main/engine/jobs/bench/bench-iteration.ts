import { estimateAdvantages } from '../../advantage/estimate-advantages.ts';
import { whitened } from '../../advantage/whiten.ts';
import type { AdvantageBatch, Rollout } from '../../records.ts';
import { terminalRewards } from '../../reward/shape-rewards.ts';
import { createCollector, type PromptChunk } from '../../rollout/collect-rollout.ts';
import { createGenerator } from '../../rollout/generate.ts';
import { rowsAtOnce } from '../../rollout/generate-chunks.ts';
import { sequenceInputs } from '../../rollout/sequence-inputs.ts';
import { takeRollout } from '../../rollout/take-rollout.ts';
import { seededGenerator } from '../../runtime/host-random.ts';
import { bool, float32, int32 } from '../../runtime/host-tensor.ts';
import type { Runtime } from '../../runtime/types.ts';
import { planMinibatches } from '../../update/minibatches.ts';
import type { BenchModels } from './bench-models.ts';
import type { BenchOptions } from './bench-options.ts';
import type { PhaseSeconds } from './bench-report.ts';
import { benchReward, benchScorer, benchUpdate, LAMBDA, LEARNING_RATE } from './bench-steps.ts';

const PAD_TOKEN_ID = 0;

type Phase = keyof PhaseSeconds;

/** Adds up seconds by phase. */
function createClock() {
  const seconds = { rollout: 0, score: 0, update: 0 };
  return {
    time<T>(phase: Phase, work: () => T): T {
      const start = performance.now();
      const result = work();
      seconds[phase] += (performance.now() - start) / 1000;
      return result;
    },
    take(): PhaseSeconds {
      const taken = { ...seconds };
      Object.assign(seconds, { rollout: 0, score: 0, update: 0 });
      return taken;
    },
  };
}

/** Prompts of one iteration, drawn uniformly from the vocabulary. */
function promptChunks({ rollouts, chunk, prompt, vocab, seed }: BenchOptions, round: number): PromptChunk[] {
  const random = seededGenerator(seed, `prompts/${round}`);
  const shape = [chunk, prompt];
  const real = new Uint8Array(chunk * prompt).fill(1);
  return Array.from({ length: rollouts / chunk }, () => {
    const ids = Int32Array.from({ length: chunk * prompt }, () => random.integer(vocab));
    const batch = {
      ids: int32(ids, shape),
      attentionMask: bool(real, shape),
      trainedMask: bool(new Uint8Array(real.length), shape),
    };
    return { batch, texts: Array.from({ length: chunk }, () => '') };
  });
}

/** Prompt and response of each row. */
function sequencesOf({ promptIds, responseIds }: Rollout): number[][] {
  const [rows, q] = promptIds.shape as [number, number];
  const r = responseIds.shape[1]!;
  return Array.from({ length: rows }, (_, row) => [
    ...promptIds.data.subarray(row * q, (row + 1) * q),
    ...responseIds.data.subarray(row * r, (row + 1) * r),
  ]);
}

/** Advantages with mean 0 and deviation 1 over each chunk, as in the PyTorch baseline. */
function whitenChunks(advantages: Float32Array, cells: number): Float32Array {
  const result = new Float32Array(advantages.length);
  for (let start = 0; start < advantages.length; start += cells) {
    result.set(whitened(advantages.subarray(start, start + cells), null, { unbiased: true }), start);
  }
  return result;
}

/** Runs one iteration of the PyTorch baseline's work with the recipe's own steps; round 0 is the first. */
export function createBenchIteration(
  runtime: Runtime,
  models: BenchModels,
  options: BenchOptions,
): (round: number) => PhaseSeconds {
  const { chunk, response, batch: minibatchSize, epochs, rollouts, seed } = options;
  const clock = createClock();
  const sampling = { temperature: 1, topK: 0, topP: 1, stopTokenIds: [], padTokenId: PAD_TOKEN_ID };
  const parts = { name: 'generate', ...models.policy, maxNewTokens: response, ...sampling };
  const generate = createGenerator(runtime, parts);
  const score = benchScorer(runtime, models, false);
  const reward = benchReward(runtime, models, chunk);
  const update = benchUpdate(runtime, models, options);
  const collect = createCollector({
    generate: (prompts, callSeed) => clock.time('rollout', () => generate(prompts, callSeed)),
    score: (input) => clock.time('score', () => score(input)),
    cut: { stopTokenIds: [], stopStrings: [], decode: () => '', searched: () => '' },
    padTokenId: PAD_TOKEN_ID,
    responseLength: response,
    rowsAtOnce: (q) => rowsAtOnce(models.policy.model.config, q, response),
    reencode: null,
    layout: 'explicit',
  });
  let updates = 0;

  function scored(rollout: Rollout): AdvantageBatch {
    const raw = reward(sequencesOf(rollout));
    const scores = float32(raw, [raw.length]);
    const rewards = terminalRewards(scores, rollout.responseMask);
    const batch = { ...rollout, scores, scaledScores: scores, rewards };
    const estimated = estimateAdvantages(batch, { gamma: 1, lam: 0.95 });
    const { data, shape } = estimated.rawAdvantages;
    return { ...estimated, advantages: float32(whitenChunks(data, chunk * response), shape) };
  }

  function updateOn(batch: AdvantageBatch, iteration: number): void {
    const plan = { rows: rollouts, minibatchSize, epochs, order: 'outer', seed, iteration } as const;
    for (const rows of planMinibatches(plan)) {
      const part = takeRollout(batch, rows);
      const prompt = { ids: part.promptIds, attentionMask: part.promptMask };
      const sequences = { ...sequenceInputs(prompt, part.responseIds, part.responseMask) };
      updates += 1;
      update({ sequences, batch: part }, { learningRate: LEARNING_RATE, knobs: { lambda: LAMBDA }, update: updates });
    }
  }

  return (round) => {
    const rollout = collect(promptChunks(options, round), (call) => seed * 1_000_003 + round * 4096 + call);
    const batch = clock.time('score', () => scored(rollout));
    clock.time('update', () => updateOn(batch, round));
    return clock.take();
  };
}
