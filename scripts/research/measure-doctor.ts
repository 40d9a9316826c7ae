import { CASES } from './doctor/cases.ts';
import { brokenPromises, type Measured, runCase } from './doctor/run-case.ts';

/**
 * Measures the run doctor on real runs: false alarms in healthy ones, delay after the onset of provoked failures.
 * Prints rows of the tables in docs/algorithms/doctor.md.
 *
 *   node scripts/research/measure-doctor.ts            all cases, about half an hour on two cores
 *   node scripts/research/measure-doctor.ts apa ppo    those whose name holds one of the words
 */
const words = process.argv.slice(2);
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
  process.stdout.write(`${row(measured)}\n`);
  for (const promise of brokenPromises(measured)) {
    broken += 1;
    process.stdout.write(`BROKEN: ${promise}\n`);
  }
}
process.stdout.write(`${chosen.length} cases, ${broken} promises broken\n`);
process.exitCode = broken > 0 ? 1 : 0;
