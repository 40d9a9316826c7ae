import { expect, test } from 'vitest';
import type { Setting } from '#engine/doctor/detector.ts';
import { ONLINE_DETECTORS } from '#engine/doctor/detectors.ts';
import { type DoctorState, FRESH_DOCTOR } from '#engine/doctor/doctor-state.ts';
import { examine } from '#engine/doctor/examine.ts';
import { anchorAt, ORIGIN, SETTING, type Values, WELL } from '../../support/doctor-series.ts';

interface Step {
  readonly values?: Values;
  readonly setting?: Partial<Setting>;
}

/** The remedies that are named in a run, by failure mode. */
function remedies(steps: number, at: (step: number) => Step) {
  let state: DoctorState = { ...FRESH_DOCTOR, origin: ORIGIN };
  const named: Record<string, unknown> = {};
  for (let step = 1; step <= steps; step += 1) {
    const { values = {}, setting = {} } = at(step);
    const reading = { step, values: { ...WELL, ...values } };
    const answer = examine(state, reading, ONLINE_DETECTORS, { ...SETTING, ...setting }, () => 'tell');
    // A resumed run reads its state from JSON.
    state = JSON.parse(JSON.stringify(answer.state)) as DoctorState;
    for (const { regime, state: is, remedy } of answer.told) if (is === 'open') named[regime] = remedy;
  }
  return named;
}

const BLOWN = { 'objective/kl_per_token': 2 };
const DEAD = { 'objective/sampled_entropy_per_token': 0.01 };
const CUT_OFF = { 'completions/clipped_ratio': 1 };
const UNFORESEEN = { 'values/explained_variance': -0.01 };
const OVER = { 'eval/judge_change_high': -0.1 };
const none = { path: null, value: null, isLive: false };

test('a remedy is one change with a value to try, and says what else damage takes', () => {
  const setting = { anchor: anchorAt(0.05) };
  expect(remedies(6, (step) => ({ setting, values: step > 3 ? DEAD : {} })).collapse).toEqual({
    ...{ path: 'method.apa_lambda', value: 1, isLive: true },
    text:
      'Set method.apa_lambda to 1 (currently 0.05). If the responses are no longer usable, roll back to before step 4: ' +
      'damaged weights do not recover.',
  });
});

test('what a destroyed policy shows as well is not treated by itself', () => {
  const named = remedies(12, (step) => ({ values: { ...(step > 3 && BLOWN), ...(step > 6 && CUT_OFF) } }));
  expect(named.eos_missing).toEqual({
    ...none,
    text: 'This follows from the finding "KL blow-up". Act on that one first.',
  });
  const signs = { 'objective/kl_per_token': 0.7 };
  const early = remedies(9, (step) => ({ values: { ...(step > 3 && signs), ...(step > 6 && CUT_OFF) } }));
  expect(early.eos_missing).toMatchObject({ ...none, text: expect.stringContaining('since step 4') });
});

test('responses of which none ends are not given more tokens, and none gets more than the context holds', () => {
  const start = { 'completions/clipped_ratio': 0.9 };
  const at = (share: number, setting: Partial<Setting>) =>
    remedies(6, (step) => ({ setting, values: step === 1 ? start : { 'completions/clipped_ratio': share } }))
      .eos_missing;
  const wider = { path: 'generation.max_new_tokens', value: '96' };
  const stops = { path: 'generation.stop_strings' };
  expect([
    at(0.98, { contextLength: 512 }),
    at(0.98, { contextLength: 128 }),
    at(1, { contextLength: 512 }),
  ]).toMatchObject([wider, stops, stops]);
});

test('a larger step is not suggested while a smaller one is wanted', () => {
  const rate = (learningRate: number) => ({ learningRate });
  // At step 6, a quarter of the rate; at step 7, it is made; from step 11 on, the critic would want twice the rate.
  const named = remedies(20, (step) => ({
    setting: { ...rate(step < 7 ? 0.01 : 0.0025), vfCoef: 1 },
    values: { ...(step > 3 && step < 7 && BLOWN), ...(step > 9 && UNFORESEEN) },
  }));
  expect(named.kl_blow_up).toMatchObject({ path: 'optimizer.learning_rate', value: 0.0025 });
  expect(named.critic_useless).toEqual({
    ...none,
    text:
      'No change for now: larger steps or a weaker anchor would undo the remedy for "KL blow-up" at step 6 ' +
      '(set optimizer.learning_rate to 0.0025).',
  });
});

test('one change at a time: what is asked for and not made comes first', () => {
  const named = remedies(12, (step) => ({
    setting: { anchor: anchorAt(0.01) },
    values: step > 6 ? OVER : {},
  }));
  expect(named.no_anchor).toMatchObject({ path: 'method.apa_lambda', value: 1 });
  expect(named.over_optimization).toEqual({
    ...{ path: 'method.apa_lambda', value: 1, isLive: true },
    text: 'First make the change for "No anchor" at step 3: set method.apa_lambda to 1.',
  });
});

test('a change that was made is not asked for again: the weights are what is left to repair', () => {
  const named = remedies(12, (step) => ({
    setting: { anchor: anchorAt(step < 5 ? 0.01 : 1) },
    values: step > 6 ? BLOWN : {},
  }));
  expect(named.kl_blow_up).toMatchObject({
    ...none,
    text: expect.stringMatching(
      /^method.apa_lambda has already been set to 1, .* roll back .* If it happens again: Set/,
    ),
  });
});

test('with whitened advantages, no λ below the critical one is named', () => {
  const at = (whitens: boolean) =>
    remedies(6, (step) => ({ setting: { anchor: anchorAt(0.4), whitens }, values: step > 3 ? DEAD : {} })).collapse;
  // tabular.py solves x = λ σ(x) for two equal arms: no stochastic fixed point below 1.509.
  expect([at(false), at(true)]).toMatchObject([{ value: 1 }, { value: 1.6 }]);
});

test('no value is beyond the range of its field', () => {
  const still = { 'objective/kl_k3_per_token': 0 };
  const at = (learningRate: number) => remedies(6, () => ({ setting: { learningRate }, values: still })).no_learning;
  expect([at(0.001), at(0.5), at(1)]).toMatchObject([{ value: 0.01 }, { value: 1 }, none]);
});

test('the state of an earlier version is read: what it lacks is not known, and everything else is found', () => {
  const { start, recent, courses, hold } = examine(
    FRESH_DOCTOR,
    { step: 1, values: WELL },
    [],
    SETTING,
    () => 'tell',
  ).state;
  const former = { start, recent, courses, hold } as DoctorState;
  const next = (values: Values) =>
    examine(former, { step: 2, values: { ...WELL, ...values } }, ONLINE_DETECTORS, SETTING, () => 'tell').state.courses;
  expect(Object.keys(next({ 'eval/distinct_replies': 0.01, 'eval/response_length': 2 }))).toEqual([]);
  expect(Object.keys(next(BLOWN))).toEqual(['kl_blow_up']);
});
