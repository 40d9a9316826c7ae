import { expect, test } from 'vitest';
import { tabularAcceptance } from '../../../../scripts/research/tabular/acceptance.ts';
import { nativeKinds, runtimeKinds } from '../../../support/runtimes.ts';

// The short form: one replica, the bandit alone. `npm run acceptance` takes ten replicas and both environments.
test('sampled training shows what it must', { timeout: 240_000 }, async () => {
  const runtime = await (nativeKinds.at(-1) ?? runtimeKinds[0]!).start();
  const findings = tabularAcceptance(runtime, { replicas: 1, seed: 0, banditOnly: true });
  expect(findings.filter(({ holds }) => !holds)).toEqual([]);
  expect(findings).toHaveLength(10);
  runtime.dispose();
});
