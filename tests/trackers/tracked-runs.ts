import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TrackedRun, TrackedSample } from '../../src-main/trackers/tracked-run.ts';

export const FIXTURES = fileURLToPath(new URL('../fixtures/trackers/', import.meta.url));

interface StoredRun extends Pick<TrackedRun, 'id' | 'name' | 'createdAt' | 'config'> {
  readonly points: readonly { step: number; at: number; key: string; value: number | string }[];
  readonly samples: readonly (Omit<TrackedSample, 'score'> & { readonly score: number | string })[];
}

export const readFixture = <T>(name: string) => JSON.parse(readFileSync(`${FIXTURES}${name}`, 'utf8')) as T;

async function* inBatches<T>(rows: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

/** The runs of the fixture; steps are whole within a batch, as they come from a store. */
export function trackedRuns(): readonly TrackedRun[] {
  return readFixture<StoredRun[]>('runs.json').map(({ points, samples, ...run }) => ({
    ...run,
    points: () =>
      inBatches(
        points.map((point) => ({ ...point, value: Number(point.value) })),
        4,
      ),
    samples: () =>
      inBatches(
        samples.map((sample) => ({ ...sample, score: Number(sample.score) })),
        1,
      ),
  }));
}
