import { CASES } from './doctor/cases.ts';
import { recordSeries } from './doctor/recordings.ts';
import { brokenPromises, type Measured, runCase } from './doctor/run-case.ts';

/**
 * Measures the run doctor on real runs: false alarms in healthy ones, delay after the onset of provoked failures.
 * Prints rows of the tables in docs/algorithms/doctor.md.
 *
 *   node scripts/research/measure-doctor.ts            all cases, about half an hour on two cores
 *   node scripts/research/measure-doctor.ts apa ppo    those whose name holds one of the words
 *   node scripts/research/measure-doctor.ts --record planted healthy
 *                                                      also keeps their series in tests/fixtures/doctor
 */
const isRecorded = process.argv.includes('--record');
const words = process.argv.slice(2).filter((word) => word !== '--record');
const chosen = CASES.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));

function row({ name, steps, expected, others }: Measured): string {
  const found = others.join(', ') || 'nothing';
  if (expected.length === 0) return `| ${name} | ${steps} | ${found} |`;
  return expected
    .map(({ regime, onset, named }) => {
      const delay = onset === null || named === null ? '' : named - onset;
      return `| ${name} | \`${regime}\` | ${onset ?? 'none'} | ${named ?? 'not'} | ${delay} | ${found} |`;
    })
    .join('\n');
}

let broken = 0;
for (const one of chosen) {
  const measured = await runCase(one);
  if (isRecorded) recordSeries(one.name, measured.series);
  process.stdout.write(`${row(measured)}\n`);
  for (const promise of brokenPromises(measured)) {
    broken += 1;
    process.stdout.write(`BROKEN: ${promise}\n`);
  }
}
process.stdout.write(`${chosen.length} cases, ${broken} promises broken\n`);
process.exitCode = broken > 0 ? 1 : 0;
