import type { Measurement } from '#contract/api/runs/preflight-measurement.ts';
import type { Mark, Timeline } from './timeline.ts';

export type TrialSummary = Pick<
  Measurement,
  'setupSeconds' | 'buildSeconds' | 'phases' | 'evaluationSeconds' | 'checkpoint'
>;

const PHASES = ['rollout', 'reward', 'update'] as const;

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

const pointOf = ({ points }: Mark, key: string) => points.find((point) => point.key === key)?.value ?? 0;

/** Iterations as pairs of their first and last mark; the first iteration is skipped if there is a second. */
function iterations({ marks }: Timeline): readonly (readonly [Mark, Mark])[] {
  const all = marks.flatMap((from, index): (readonly [Mark, Mark])[] => {
    if (from.kind !== 'boundary') return [];
    const to = marks.slice(index).find((mark) => mark.kind === 'metrics' && mark.step === from.step);
    return to ? [[from, to]] : [];
  });
  return all.length > 1 ? all.slice(1) : all;
}

/** Seconds of one iteration by phase; time outside any phase is `other`. A supervised recipe has one phase. */
export function iterationPhases(timeline: Timeline): Record<string, number> {
  const measured = iterations(timeline).map(([from, to]) => {
    const whole = timeline.between(from, to);
    const building = timeline.building(from, to);
    const named = PHASES.map((name) => [name, pointOf(to, `time/${name}`)] as const);
    const sum = named.reduce((total, [, seconds]) => total + seconds, 0);
    // Graphs are built inside the phases; that time is subtracted from them proportionally.
    const share = sum > building ? (sum - building) / sum : 1;
    return { whole, phases: named.map(([name, seconds]) => [name, seconds * share] as const), sum: sum * share };
  });
  if (measured.every(({ sum }) => sum === 0)) return { update: mean(measured.map(({ whole }) => whole)) };
  const phases = PHASES.map((name, index) => [name, mean(measured.map((one) => one.phases[index]![1]))] as const);
  const other = mean(measured.map(({ whole, sum }) => Math.max(0, whole - sum)));
  return Object.fromEntries([...phases, ['other', other] as const].filter(([, seconds]) => seconds > 0));
}

/** The last evaluation after an iteration: from the iteration's metrics to those of the evaluation. */
function lastEvaluation(timeline: Timeline): number | null {
  const { marks } = timeline;
  for (let index = marks.length - 1; index > 0; index--) {
    const [before, mark] = [marks[index - 1]!, marks[index]!];
    if (mark.kind === 'metrics' && before.kind === 'metrics' && before.step === mark.step) {
      const samples = marks[index + 1]?.kind === 'samples' ? marks[index + 1]! : mark;
      return timeline.between(before, samples);
    }
  }
  return null;
}

function checkpointOf(timeline: Timeline): TrialSummary['checkpoint'] {
  const { marks } = timeline;
  const index = marks.findIndex(({ kind }) => kind === 'checkpoint');
  if (index < 1) return null;
  return { seconds: timeline.between(marks[index - 1]!, marks[index]!), bytes: marks[index]!.bytes };
}

/** Summarizes a trial's marks. @param startedSeconds seconds of the process before the timeline began. */
export function summarizeTrial(timeline: Timeline, startedSeconds: number): TrialSummary {
  const first = timeline.marks.find(({ kind }) => kind === 'boundary');
  const last = timeline.marks.at(-1);
  return {
    setupSeconds: startedSeconds + (first?.at ?? 0),
    buildSeconds: first && last ? timeline.building(first, last) : 0,
    phases: iterationPhases(timeline),
    evaluationSeconds: lastEvaluation(timeline),
    checkpoint: checkpointOf(timeline),
  };
}
