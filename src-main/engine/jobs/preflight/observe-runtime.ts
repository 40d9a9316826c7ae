import type { StepCost } from '#contract/api/runs/preflight-measurement.ts';
import { atFullSize } from '../../model/layout/full-size.ts';
import type { CompiledStep, HostRecord, Runtime } from '../../runtime/types.ts';
import type { PeakMeter } from './peak-memory.ts';

/** Number of calls of one step that built a graph, and how long they took. */
export interface Built {
  readonly calls: number;
  readonly seconds: number;
}

interface Tally {
  calls: number;
  seconds: number;
  peakBytes: number;
  rows: number;
  builtCalls: number;
  builtSeconds: number;
}

export interface ObservedRuntime {
  readonly runtime: Runtime;
  costs(): readonly StepCost[];
  /** Built graphs by step name, up to now. */
  built(): ReadonlyMap<string, Built>;
  /** Mean seconds of a call that built nothing; null if every call did. */
  usual(name: string): number | null;
}

function rowsOf(inputs: HostRecord): number {
  return Math.max(0, ...Object.values(inputs).map(({ shape }) => (shape.length > 1 ? shape[0]! : 0)));
}

/**
 * The same runtime, with time and memory of every step call recorded. A step's first packed batch also runs at the size
 * that it would have without padding, since a run may reach it; like everything that builds a graph, it counts for
 * memory alone.
 */
export function observeRuntime(runtime: Runtime, meter: PeakMeter): ObservedRuntime {
  const tallies = new Map<string, Tally>();

  function observe(name: string, run: CompiledStep): CompiledStep {
    const tally: Tally = { calls: 0, seconds: 0, peakBytes: 0, rows: 0, builtCalls: 0, builtSeconds: 0 };
    tallies.set(name, tally);
    const measured: CompiledStep = (inputs) => {
      meter.next();
      const { graphs } = runtime.graphStatistics();
      const start = performance.now();
      const outputs = run(inputs);
      const took = (performance.now() - start) / 1000;
      const hasBuilt = runtime.graphStatistics().graphs > graphs;
      tally.calls += 1;
      if (hasBuilt) {
        tally.builtCalls += 1;
        tally.builtSeconds += took;
      } else tally.seconds += took;
      tally.peakBytes = Math.max(tally.peakBytes, meter.next());
      tally.rows = Math.max(tally.rows, rowsOf(inputs));
      return outputs;
    };
    let wasFull = false;
    return (inputs) => {
      const full = wasFull ? null : atFullSize(inputs);
      if (full) {
        wasFull = true;
        measured(full);
      }
      return measured(inputs);
    };
  }

  return {
    runtime: { ...runtime, compile: (name, ...step) => observe(name, runtime.compile(name, ...step)) },
    costs: () =>
      [...tallies].map(([name, { calls, seconds, peakBytes, rows }]) => ({ name, calls, seconds, peakBytes, rows })),
    built: () =>
      new Map(
        [...tallies].map(([name, { builtCalls, builtSeconds }]) => [
          name,
          { calls: builtCalls, seconds: builtSeconds },
        ]),
      ),
    usual(name) {
      const { calls, builtCalls, seconds } = tallies.get(name)!;
      return calls > builtCalls ? seconds / (calls - builtCalls) : null;
    },
  };
}
