/** `node scripts/research/tabular/deviations.ts`: APA's KL by kind of advantage scaling; the table of docs/experiments.md. */
import process from 'node:process';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { bandit } from './environment.ts';
import { createPopulation, type PopulationMethod } from './population.ts';

const METHODS: readonly PopulationMethod[] = ['apa_white', 'apa_running', 'apa_frozen'];
const STEPS = [500, 2000];

const runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING || null, mode: 'compiled' });
process.stdout.write('| λ | Scaling | 500 | 2000 |\n| --- | --- | --- | --- |\n');
for (const lambda of [0.5, 1]) {
  for (const method of METHODS) {
    const population = createPopulation(runtime, bandit(), { method, lambda, optimizer: 'adam', inner: 1 });
    const kls: string[] = [];
    for (let step = 1; step <= STEPS.at(-1)!; step++) {
      population.update();
      if (STEPS.includes(step)) kls.push(population.metrics().kl.toFixed(3));
    }
    population.close();
    process.stdout.write(`| ${lambda} | ${method.replace('apa_', '')} | ${kls.join(' | ')} |\n`);
  }
}
