import { expect, test } from 'vitest';
import { resolveRecipeConfig } from '#contract/config/index.ts';

const online = (doctor: unknown) => ({
  ...{ recipe: 'apa', model: 'm', data: { files: ['a.jsonl'] }, doctor },
  reward: { type: 'model', model: 'r' },
});
const actions = (doctor: unknown) =>
  resolveRecipeConfig(online(doctor)).config.doctor as unknown as Record<string, Record<string, string>>;

test('the one action of earlier configs becomes that of the three regimes that it was about', () => {
  expect(actions({ action: 'stop' }).actions).toMatchObject({
    collapse: 'stop',
    klBlowUp: 'stop',
    eosMissing: 'stop',
    deadReward: 'tell',
  });
  expect(actions({ action: 'warn' }).actions).toMatchObject({ collapse: 'tell', notFinite: 'pause' });
  expect(actions({ action: 'off', actions: { collapse: 'pause' } }).actions).toMatchObject({
    collapse: 'pause',
    klBlowUp: 'off',
  });
});

test('another word under the former key is a fault that names the new one', () => {
  expect(() => actions({ action: 'shout' })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  try {
    actions({ action: 'shout' });
  } catch (error) {
    expect((error as { faults: unknown }).faults).toMatchObject([
      { where: 'doctor.action', fix: 'Did you mean "actions"?' },
    ]);
  }
});
