import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { tabularAcceptance } from '../research/tabular/acceptance.ts';
import type { AcceptanceLine } from './line.ts';
import { testCount, vitest } from './run-program.ts';

const PLACES = ['tests/engine/update', 'tests/engine/advantage', 'tests/engine/reward', 'tests/engine/rollout'];

export const goldenNumbers: AcceptanceLine = {
  number: 4,
  title: 'Every reference vector holds, and the tabular experiments reach their closed forms by our losses and GAE',
  async run() {
    const tests = await vitest([...PLACES, 'tests/scripts/research/tabular']);
    const runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING || null, mode: 'compiled' });
    const findings = tabularAcceptance(runtime, { replicas: 10, seed: 0, banditOnly: false });
    return {
      passed: tests.code === 0 && findings.every(({ holds }) => holds),
      figures: [
        testCount(tests),
        ...findings.map(({ claim, figure, holds }) => `${holds ? 'holds' : 'fails'}: ${claim}: ${figure}`),
      ],
    };
  },
};
