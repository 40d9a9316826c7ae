import { expect, test } from 'vitest';
import { PROBED_RECIPES, unprobed } from '../support/config-probes/all-probes.ts';
import { doctorProbes } from '../support/config-probes/doctor-probes.ts';
import { hostProbes } from '../support/config-probes/host-probes.ts';
import { type ConfigProbe, cutConfig } from '../support/config-probes/probe.ts';

// Probes that need a run are those of `node scripts/mutation/mutate-config.ts`.
const probes = PROBED_RECIPES.flatMap((recipe) => [...doctorProbes(recipe), ...hostProbes(recipe)]);
const named = (probe: ConfigProbe) => ({ name: `${probe.recipe} ${probe.path}`, probe });

test('every field of every recipe has a probe', () => {
  expect(unprobed()).toEqual([]);
});

test.each(probes.map(named))('$name is used, and a cut is noticed', async ({ probe }) => {
  expect(await probe.observe(probe.config)).toEqual([]);
  expect(await probe.observe(cutConfig(probe)!)).not.toEqual([]);
});
