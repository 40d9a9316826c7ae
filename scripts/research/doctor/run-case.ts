import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFindingSchema } from '#contract/api/runs/run-doctor.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import { DOCTOR_EVENT } from '#contract/run-events.ts';
import { runEngine } from '../../../tests/support/engine-run.ts';
import type { MeasuredCase, Steps } from './measured-case.ts';

/** A failure and when it was named. */
export interface Named {
  readonly regime: FailureMode;
  readonly onset: number | null;
  /** Step at which the doctor named it; null when it did not. */
  readonly named: number | null;
}

export interface Measured {
  readonly name: string;
  readonly steps: number;
  readonly expected: readonly Named[];
  /** What was found beside the expected, as `regime@step`. */
  readonly others: readonly string[];
  /** Metric values by step; step 0 is the evaluation of the starting policy. */
  readonly series: Steps;
  /** How a run ended that did not go through. */
  readonly failure: string | null;
}

/** Runs one case in an engine process of its own. */
export async function runCase(measured: MeasuredCase): Promise<Measured> {
  const runFolder = mkdtempSync(join(tmpdir(), 'keel-doctor-'));
  try {
    const { config, env } = measured;
    const { events } = await runEngine({ config, runFolder, resumeFrom: null, ...(env && { env }) });
    const steps = new Map<number, Record<string, number>>();
    const found: { regime: FailureMode; step: number }[] = [];
    for (const event of events) {
      if (event.kind === 'metrics') {
        const values = Object.fromEntries(event.points.map(({ key, value }) => [key, value]));
        steps.set(event.step, { ...steps.get(event.step), ...values });
      }
      if (event.kind !== 'event' || event.name !== DOCTOR_EVENT) continue;
      const { regime, state } = runFindingSchema.parse(event.detail);
      if (state === 'open') found.push({ regime, step: event.step });
    }
    const last = events.at(-1);
    const wanted = measured.expected.map(({ regime }) => regime);
    return {
      name: measured.name,
      steps: Math.max(...steps.keys()),
      expected: measured.expected.map(({ regime, begins }) => {
        return { regime, onset: begins(steps), named: found.find((one) => one.regime === regime)?.step ?? null };
      }),
      series: steps,
      others: found.filter((one) => !wanted.includes(one.regime)).map(({ regime, step }) => `${regime}@${step}`),
      failure: last?.kind === 'summary' ? null : JSON.stringify(last).slice(0, 300),
    };
  } finally {
    rmSync(runFolder, { recursive: true, force: true });
  }
}

/** Steps that the doctor has after the onset. */
export const PROMPTNESS = 5;

/** The ways in which a case misses its expectation; empty if it meets it. */
export function brokenPromises({ expected, others, failure }: Measured): readonly string[] {
  const isHealthy = expected.length === 0;
  return [
    ...(failure ? [`the run did not go through: ${failure}`] : []),
    ...(isHealthy ? others.map((other) => `false alarm ${other}`) : []),
    ...expected.flatMap(({ regime, onset, named }) => {
      if (onset === null) return [`${regime} did not come about`];
      if (named === null) return [`${regime} was not named`];
      return named - onset > PROMPTNESS ? [`${regime} was named ${named - onset} steps after its onset`] : [];
    }),
  ];
}
