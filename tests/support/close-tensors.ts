import { expect } from 'vitest';
import type { FloatHost, HostTensor } from '#engine/runtime/host-tensor.ts';
import type { HostRecord } from '#engine/runtime/types.ts';

/** Fails where the two have other names, or differ by more than `relative` of the largest entry of a tensor, or are all 0. */
export function expectCloseTensors(found: HostRecord, wanted: HostRecord, relative: number): void {
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [name, tensor] of Object.entries(wanted) as [string, HostTensor][]) {
    const [own, other] = [(found[name] as FloatHost).data, (tensor as FloatHost).data];
    const largest = other.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
    expect(largest, `${name} is not all 0`).toBeGreaterThan(0);
    const worst = own.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);
    expect(worst / largest, name).toBeLessThanOrEqual(relative);
  }
}
