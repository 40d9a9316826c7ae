import { expect, test } from 'vitest';
import type { Setting } from '#engine/doctor/detector.ts';
import { ONLINE_DETECTORS, SUPERVISED_DETECTORS } from '#engine/doctor/detectors.ts';
import { type DoctorState, FRESH_DOCTOR, suspectedSince } from '#engine/doctor/doctor-state.ts';
import { type Actions, examine } from '#engine/doctor/examine.ts';
import { anchorAt, ORIGIN, SETTING, SICK, type Values, WELL } from '../../support/doctor-series.ts';

type Series = (step: number) => Values;

/** What is told of a run of so many steps, as `regime@step`, with a minus where it is taken back. */
function told(series: Series, steps: number, setting: Partial<Setting> = {}, action: Actions = () => 'tell') {
  let state: DoctorState = { ...FRESH_DOCTOR, origin: ORIGIN };
  const found: string[] = [];
  for (let step = 1; step <= steps; step += 1) {
    const answer = examine(state, { step, values: series(step) }, ONLINE_DETECTORS, { ...SETTING, ...setting }, action);
    state = answer.state;
    found.push(...answer.told.map((one) => `${one.state === 'open' ? '' : '-'}${one.regime}@${step}`));
  }
  return { found, state };
}
const from =
  (onset: number, bad: Values): Series =>
  (step) =>
    step < onset ? WELL : { ...WELL, ...bad };

test('a run in which nothing is wrong is left in peace', () => {
  expect(told(() => WELL, 40)).toMatchObject({ found: [], state: { courses: {}, hold: null } });
});

const named = SICK.map(([regime, bad, setting = {}]) => ({ regime, bad, setting }));
test.each(named)('$regime is named within 5 iterations of its onset: $bad', ({ regime, bad, setting }) => {
  const onset = 10;
  const { found, state } = told(from(onset, bad), onset + 5, setting);
  expect(found.filter((one) => one.startsWith(regime))).toHaveLength(1);
  expect(found).toHaveLength(1);
  expect(suspectedSince(state)).toBe(onset);
  expect(told(from(onset, bad), onset - 1, setting).found).toEqual([]);
});

test.each<Values>([
  { 'eval/distinct_replies': 0.35 },
  { 'eval/entropy_per_token': 0.04 },
  { 'eval/response_length': 12, 'eval/reward': 1.2 },
])('an evaluation of a few responses tells nothing by itself: %j', (bad) => {
  const of = (prompts: number) => told(from(10, { ...bad, 'eval/prompts': prompts }), 15);
  expect(of(23)).toMatchObject({ found: [], state: { courses: {} } });
  expect(of(24).found).toHaveLength(1);
});

test('λ too small and λ too large are named from the first iterations on', () => {
  const anchor = (value: number) => ({ anchor: anchorAt(value) });
  expect(told(() => WELL, 5, anchor(0.01)).found).toEqual(['no_anchor@3']);
  expect(told(() => WELL, 5, anchor(1000)).found).toEqual(['no_learning@3']);
  expect(told(() => ({ ...WELL, 'objective/kl_k3_per_token': 1e-12 }), 5).found).toEqual(['no_learning@5']);
});

test('an even rise of the KL is named, one that flattens is not', () => {
  const kl = (at: (step: number) => number) => (step: number) => ({ ...WELL, 'objective/kl_per_token': at(step) });
  expect(
    told(
      kl((step) => 0.06 * step),
      15,
    ).found,
  ).toEqual(['kl_blow_up@12']);
  expect(
    told(
      kl((step) => 0.8 * (1 - Math.exp(-step / 5))),
      40,
    ).found,
  ).toEqual([]);
});

test('what comes and goes is told once, and taken back after three quiet steps', () => {
  const flicker = (step: number) => (step >= 5 && step % 2 === 1 && step < 15) || (step >= 5 && step <= 8);
  const series = (step: number) => (flicker(step) ? { ...WELL, 'completions/clipped_ratio': 1 } : WELL);
  expect(told(series, 20).found).toEqual(['eos_missing@7', '-eos_missing@16']);
});

test('a pause is asked for when a finding opens; off looks at nothing', () => {
  const bad = from(3, { 'objective/sampled_entropy_per_token': 0 });
  const held = told(bad, 5, {}, (regime) => (regime === 'collapse' ? 'pause' : 'tell'));
  expect(held.state.hold).toMatchObject({ by: 'doctor', regime: 'collapse' });
  expect(told(bad, 6, {}, () => 'pause').state.hold).toBeNull();
  expect(told(bad, 9, {}, () => 'off').found).toEqual([]);
});

test('a run that keeps being broken is held at every step, and told once', () => {
  const bad = from(3, { 'loss/total': Number.NaN });
  expect(told(bad, 6, {}, () => 'pause')).toMatchObject({
    found: ['not_finite@3'],
    state: { hold: { regime: 'not_finite' } },
  });
});

test('the same state, reading and setting give the same answer, whatever went through JSON between', () => {
  const bad = from(4, { 'objective/sampled_entropy_per_token': 0.01 });
  const { state } = told(bad, 5);
  const copy = JSON.parse(JSON.stringify(state)) as typeof state;
  const next = (of: typeof state) => examine(of, { step: 6, values: bad(6) }, ONLINE_DETECTORS, SETTING, () => 'pause');
  expect(next(copy)).toEqual(next(state));
  expect(next(state).told).toHaveLength(1);
});

test('a supervised run: a loss that has risen and stays, not a single hard batch', () => {
  const run = (loss: (step: number) => number, steps: number) => {
    let state = FRESH_DOCTOR;
    const found: string[] = [];
    for (let step = 1; step <= steps; step += 1) {
      const answer = examine(
        state,
        { step, values: { loss: loss(step) } },
        SUPERVISED_DETECTORS,
        SETTING,
        () => 'tell',
      );
      state = answer.state;
      found.push(...answer.told.map((one) => `${one.regime}@${step}`));
    }
    return found;
  };
  expect(run((step) => (step === 8 ? 30 : 4 / step), 20)).toEqual([]);
  expect(run((step) => (step < 10 ? 4 / step : 9), 20)).toEqual(['diverging_loss@12']);
});
