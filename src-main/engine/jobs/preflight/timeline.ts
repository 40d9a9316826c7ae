import type { Control, Emit, Point, Progress } from '../../session/context.ts';
import type { Built, ObservedRuntime } from './observe-runtime.ts';

export type MarkKind = 'boundary' | 'metrics' | 'samples' | 'checkpoint';

/** A point in time of the recipe, identified by what it reported then. */
export interface Mark {
  readonly kind: MarkKind;
  readonly step: number;
  /** Seconds since the start of the timeline. */
  readonly at: number;
  readonly built: ReadonlyMap<string, Built>;
  readonly points: readonly Point[];
  readonly count: number;
  readonly bytes: number;
}

export interface Timeline {
  readonly marks: readonly Mark[];
  /** Seconds between two marks, as if every graph had already been built. */
  between(from: Mark, to: Mark): number;
  /** Seconds spent building graphs between the two. */
  building(from: Mark, to: Mark): number;
  /** Units of the whole run, as reported by the recipe. */
  total(): number;
  /** Seconds that the whole run takes longer for the preparations of which a trial does only a part. */
  moreSetup(): number;
  readonly emit: Emit;
  /** @param lastStep no step after this one is taken. */
  control(inner: Control, lastStep: number, ask: Ask): Control;
}

type Ask = (step: number) => { readonly stop: boolean; readonly checkpoint: boolean };

/** Seconds of each phase that a recipe reports, and how much of it was done. */
function createPhases() {
  const phases = new Map<string, { begun: number; seconds: number; first: number; share: number }>();
  return {
    add({ phase, done, total }: Progress, now: number): void {
      const known = phases.get(phase) ?? { begun: now, seconds: 0, first: done, share: 1 };
      phases.set(phase, { ...known, seconds: now - known.begun, share: total > 0 ? (done - known.first) / total : 1 });
    },
    /** Seconds that are missing in all phases but the last one, which is measured step by step. */
    missing: () =>
      [...phases.values()]
        .slice(0, -1)
        .reduce((sum, { seconds, share }) => sum + (share > 0 && share < 1 ? seconds * (1 / share - 1) : 0), 0),
  };
}

/** Records when a recipe reports what, instead of passing it on. */
export function createTimeline(observed: ObservedRuntime, onStep: (phase: string, step: number) => void): Timeline {
  const start = performance.now();
  const marks: Mark[] = [];
  const phases = createPhases();
  let total = 0;
  const seconds = () => (performance.now() - start) / 1000;
  function mark(kind: MarkKind, step: number, own: Partial<Pick<Mark, 'points' | 'count' | 'bytes'>> = {}): void {
    marks.push({ kind, step, at: seconds(), built: observed.built(), points: [], count: 0, bytes: 0, ...own });
  }

  const differences = (from: Mark, to: Mark) =>
    [...to.built].map(([name, { calls, seconds: spent }]) => {
      const before = from.built.get(name);
      return { name, calls: calls - (before?.calls ?? 0), seconds: spent - (before?.seconds ?? 0) };
    });
  const building = (from: Mark, to: Mark) =>
    differences(from, to).reduce((sum, one) => sum + one.seconds - one.calls * (observed.usual(one.name) ?? 0), 0);

  const silent = () => undefined;
  const emit: Emit = {
    metrics: (step, points) => mark('metrics', step, { points }),
    samples: (step, rows) => mark('samples', step, { count: rows.length }),
    checkpoint: ({ step, bytes }) => mark('checkpoint', step, { bytes }),
    progress: (progress) => {
      total = progress.total;
      phases.add(progress, seconds());
    },
    log: silent,
    event: silent,
    artifact: silent,
    input: silent,
  };
  return {
    marks,
    emit,
    building: (from, to) => Math.max(0, building(from, to)),
    between: (from, to) => Math.max(0, to.at - from.at - building(from, to)),
    total: () => total,
    moreSetup: phases.missing,
    control: (inner, lastStep, ask) => ({
      ...inner,
      lastStep,
      async boundary(step) {
        onStep('measuring', step);
        mark('boundary', step);
        await inner.boundary(step);
        return ask(step);
      },
    }),
  };
}
