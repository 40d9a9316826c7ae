import type { UpdateReport } from '../../records.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { Variables } from '../../runtime/types.ts';

function firstNonFinite(data: ArrayLike<number>): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i;
  return -1;
}

/** What held a NaN or an infinity first, looked for in the order in which numbers arise. Null when nothing did. */
export function findNonFinite(
  arrays: Readonly<Record<string, HostTensor>>,
  report: UpdateReport,
  variables: Variables,
  trained: readonly string[],
): string | null {
  for (const name of trained) if (firstNonFinite(variables.read(name).data) >= 0) return `the weight ${name}`;
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    const index = firstNonFinite(data);
    if (index >= 0) return `${name}, row ${Math.floor(index / (shape[1] ?? 1))}, entry ${index % (shape[1] ?? 1)}`;
  }
  const [key] = Object.entries(report).find(([, value]) => !Number.isFinite(value)) ?? [];
  return key ?? null;
}
