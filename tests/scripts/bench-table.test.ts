import { expect, test } from 'vitest';
import { renderTable } from '../../scripts/bench/bench-table.ts';
import type { PairedReport } from '../../scripts/bench/run-pairs.ts';

type Keel = PairedReport['pairs'][number]['keel'];

const report = (rollout: number) =>
  ({
    seconds: { rollout, score: 0.5, update: 2 },
    iteration_seconds: rollout + 2.5,
    update_matmul_fraction: 0.9,
    peak_bytes: 1_230_000_000,
  }) as Keel;

test('the table has the medians of Keel beside those of the ratios, and a dash where there is no baseline', () => {
  const keel = [report(1), report(7), report(3)];
  const phases = { rollout: 0.3, score: 0.7, update: 0.6 };
  const beside = { ratio: 0.55, phases, peak_bytes: 0.8, pairs: [] };
  const cells = renderTable([
    { name: '2.2M', keel, beside },
    { name: '70M', keel: [report(3)] },
  ])
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const measured = ['5.50', '3.00', '0.50', '2.00', '0.90', '1.23'];
  expect(cells[0]).toHaveLength(cells[2]!.length);
  expect(cells[2]!.slice(1, -1)).toEqual(['2.2M', ...measured, '0.55', '0.30', '0.70', '0.60', '0.80']);
  expect(cells[3]!.slice(1, -1)).toEqual(['70M', ...measured, '–', '–', '–', '–', '–']);
});
