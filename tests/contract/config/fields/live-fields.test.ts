import { describe, expect, test } from 'vitest';
import {
  liveChangeFault,
  liveFields,
  parseConfigText,
  RECIPE_NAMES,
  requireLiveChanges,
  resolveRecipeConfig,
  withChanges,
} from '#contract/config/index.ts';
import { ADAPTIVE_PPO_CONFIG, APA_CONFIG, BAD_CHANGES } from '../../../support/bad-changes.ts';

const resolved = (text: string, overrides: readonly string[] = []) =>
  resolveRecipeConfig(parseConfigText(text, 'The config'), overrides).file;
const APA = resolved(APA_CONFIG);

describe('what may change while a run goes on', () => {
  test('is told by the schema, with its range', () => {
    expect(liveFields(APA)).toEqual([
      { path: 'optimizer.learning_rate', minimum: 1e-12, maximum: 1, label: 'learning rate', unusedBecause: null },
      { path: 'method.apa_lambda', minimum: 1e-6, maximum: 1e6, label: 'λ', unusedBecause: null },
    ]);
    expect(RECIPE_NAMES.filter((recipe) => liveFields({ recipe }).length === 0)).toEqual([]);
    expect(liveFields({ recipe: 'pipeline' })).toEqual([]);
  });

  test.each(BAD_CHANGES)('%s = %d is refused', (path, value, says) => {
    const fault = liveChangeFault(APA, { path, value });
    expect(`${fault?.where} ${fault?.why}. ${fault?.fix}`).toMatch(says);
    const refused = () =>
      requireLiveChanges(APA, [
        { path: 'method.apa_lambda', value: 2 },
        { path, value },
      ]);
    expect(refused).toThrow(expect.objectContaining({ code: 'change_refused', faults: [fault] }));
  });

  test.each([
    ['method.apa_lambda', 1e-6],
    ['method.apa_lambda', 1e6],
    ['optimizer.learning_rate', 1e-12],
    ['optimizer.learning_rate', 1],
  ])('%s = %d is accepted', (path, value) => expect(liveChangeFault(APA, { path, value })).toBeNull());

  test('a value that the method does not read is refused with the reason', () => {
    const change = { path: 'method.kl_coef', value: 0.1 };
    const adaptive = resolved(ADAPTIVE_PPO_CONFIG);
    expect(liveChangeFault(adaptive, change)?.fix).toContain('adaptive controller sets it from target_kl');
    expect(liveChangeFault(resolved(ADAPTIVE_PPO_CONFIG, ['method.kl_controller=fixed']), change)).toBeNull();
  });

  test('a value is judged beside the other fields, as they are in force', () => {
    const falling = resolved(APA_CONFIG, ['optimizer.schedule=cosine', 'optimizer.min_learning_rate=1e-6']);
    const low = { path: 'optimizer.learning_rate', value: 1e-7 };
    expect(liveChangeFault(falling, low)?.why).toContain('above learning_rate');
    expect(withChanges(falling, [{ path: 'optimizer.learning_rate', value: 0.25 }])).toEqual({
      ...falling,
      optimizer: { ...(falling.optimizer as object), learning_rate: 0.25 },
    });
    expect(withChanges(falling, [{ path: 'doctor.go_on', value: 1 }])).toEqual(falling);
  });
});
