/**
 * Trains a transformer on the tree with 40 sequences by APA for several λ and prints what it reaches beside the closed form.
 *
 *   KEEL_ENGINE_BINDING=… node scripts/research/tabular/tree-transformer.ts
 */
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { apaFixedPoint, policyMetrics, tree } from './environment.ts';
import { trainTree } from './transformer.ts';

const LAMBDAS = [0.1, 0.5, 1] as const;

const runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING || null, mode: 'compiled' });
process.stdout.write('| λ | KL | closed form | reward | closed form | residual |\n|---|---|---|---|---|---|\n');
for (const lambda of LAMBDAS) {
  const { end, residual } = trainTree(runtime, { lambda, imitations: 500, updates: 800, seed: 1 });
  const wanted = policyMetrics(tree(), apaFixedPoint(tree(), lambda));
  const numbers = [end.kl, wanted.kl, end.reward, wanted.reward, residual].map((value) => value.toFixed(5));
  process.stdout.write(`| ${lambda} | ${numbers.join(' | ')} |\n`);
}
