import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { Runtime } from '../runtime/types.ts';

/**
 * Memory of the process and graphs of the runtime.
 * @param process its resident memory in bytes, and the seconds since its start
 */
export function systemPoints(
  runtime: Pick<Runtime, 'memory' | 'graphStatistics'>,
  { residentBytes, seconds }: { readonly residentBytes: number; readonly seconds: number },
): readonly MetricPoint[] {
  const memory = runtime.memory();
  const built = runtime.graphStatistics();
  return metricPoints({
    'system/memory_bytes': residentBytes,
    'system/tensors': memory.tensors,
    'system/tensor_bytes': memory.bytes,
    'system/graphs': built.graphs,
    'system/graph_seconds': built.seconds,
    'time/build_share': seconds > 0 ? Math.min(1, built.seconds / seconds) : 0,
  });
}
