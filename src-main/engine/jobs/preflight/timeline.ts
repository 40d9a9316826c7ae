import type { Control, Emit, Point } from '../../session/context.ts';
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
  readonly emit: Emit;
  control(inner: Control, ask: (step: number) => { readonly stop: boolean; readonly checkpoint: boolean }): Control;
}

/** Records when a recipe reports what, instead of passing it on. */
export function createTimeline(observed: ObservedRuntime, onStep: (phase: string, step: number) => void): Timeline {
  const start = performance.now();
  const marks: Mark[] = [];
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
    control: (inner, ask) => ({
      ...inner,
      async boundary(step) {
        onStep('measuring', step);
        mark('boundary', step);
        await inner.boundary(step);
        return ask(step);
      },
    }),
  };
}
