import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type OnlineConfig, resolveRecipeConfig } from '#contract/config/index.ts';
import { readExactJson } from '#contract/exact-json.ts';
import { createControl } from '#engine/session/control.ts';
import { createOnlineDoctor, withOrigin } from '#engine/session/online/online-doctor.ts';
import { FRESH_STATE } from '#engine/session/online/online-state.ts';
import type { MeasuredCase, Steps } from '../../../scripts/research/doctor/measured-case.ts';
import { HEALTHY, PLANTED } from '../../../scripts/research/doctor/planted.ts';
import { PROMPTNESS } from '../../../scripts/research/doctor/run-case.ts';
import { recordingOf } from '../../support/doctor-recordings.ts';

// Recorded from real runs of the starter's policy by `node scripts/research/measure-doctor.ts --record planted healthy`.
const nothing = () => undefined;
const EMIT = { metrics: nothing, samples: nothing, progress: nothing, log: nothing, event: nothing };

function seriesOf({ name }: MeasuredCase): Steps {
  const rows = readExactJson(readFileSync(recordingOf(name), 'utf8')) as Record<string, Record<string, number>>;
  return new Map(Object.entries(rows).map(([step, values]) => [Number(step), values]));
}

/** What the doctor reports of a recorded run: the step of each failure mode. */
function reported(one: MeasuredCase): Readonly<Record<string, number>> {
  const { config } = resolveRecipeConfig(one.config);
  const context = { control: createControl([], nothing), emit: EMIT, config: config as OnlineConfig };
  const look = createOnlineDoctor(context as never, 128);
  const found: Record<string, number> = {};
  let state = FRESH_STATE;
  for (const [step, values] of seriesOf(one)) {
    if (step === 0) state = withOrigin(state, values);
    else {
      const looked = look({ ...state, iteration: step }, values, { rollout: null as never, notFinite: null });
      for (const { regime } of looked.findings) found[regime] ??= step;
      state = looked.state;
    }
  }
  return found;
}

describe('a planted failure of a real run is named within five iterations of its onset', () => {
  const planted = PLANTED.flatMap((one) => one.expected.map((expected) => ({ ...expected, one, name: one.name })));
  test.each(planted)('$regime in $name', ({ one, regime, begins }) => {
    const onset = begins(seriesOf(one));
    expect(onset).not.toBeNull();
    const named = reported(one)[regime] ?? Number.POSITIVE_INFINITY;
    expect(named - onset!).toBeLessThanOrEqual(PROMPTNESS);
  });
});

test.each(HEALTHY)('nothing is reported of $name', (one) => {
  expect(seriesOf(one).size).toBe(21);
  expect(reported(one)).toEqual({});
});
