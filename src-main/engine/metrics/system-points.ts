import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { Runtime } from '../runtime/types.ts';

/** Memory of the process and graphs of the runtime. @param residentBytes resident memory of the process. */
export function systemPoints(
  runtime: Pick<Runtime, 'memory' | 'graphStatistics'>,
  residentBytes: number,
): readonly MetricPoint[] {
  const memory = runtime.memory();
  const built = runtime.graphStatistics();
  return metricPoints({
    'system/memory_bytes': residentBytes,
    'system/tensors': memory.tensors,
    'system/tensor_bytes': memory.bytes,
    'system/graphs': built.graphs,
    'system/graph_seconds': built.seconds,
  });
}
