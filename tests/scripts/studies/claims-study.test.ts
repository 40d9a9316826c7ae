import { expect, test } from 'vitest';
import { resolveStudy } from '#contract/config/index.ts';
import { type ClaimRun, claimsMarkdown, type MetricRow } from '../../../scripts/studies/claims-report.ts';
import { CLAIMS_STUDY, claimsStudy } from '../../../scripts/studies/claims-study.ts';

test('nine configurations on the same data, two of them whitened, at a rate that stays', () => {
  const { entries } = resolveStudy(claimsStudy(CLAIMS_STUDY));
  expect(entries).toHaveLength(1 + 9 * 2);
  const compared = entries.slice(1).map(({ file }) => file as Record<string, Record<string, unknown>>);
  expect(new Set(compared.map(({ optimizer }) => optimizer?.schedule))).toEqual(new Set(['constant']));
  const scalings = compared.filter(({ recipe }) => String(recipe) === 'apa').map(({ scaling }) => scaling?.advantages);
  expect(Map.groupBy(scalings, (each) => each)).toEqual(
    new Map([
      ['frozen', Array(4 * 2).fill('frozen')],
      ['whiten_masked', Array(2 * 2).fill('whiten_masked')],
    ]),
  );
});

const { entries } = resolveStudy(claimsStudy(CLAIMS_STUDY));
const RUNS = entries
  .slice(1)
  .map(({ label, knobs, seed }, at): ClaimRun => ({ run: `r${at}`, label, knobs, seed: seed! }));
const END = 60;

/** The course of a run whose KL and entropy follow what the theory says of it. */
function theory({ run, label, knobs }: ClaimRun): MetricRow[] {
  const knob = Number(Object.values(knobs)[0]);
  const isHeld = label === 'apa' || (label === 'apa-whitened' && knob > 1) || (label === 'ppo' && knob > 0);
  return Array.from({ length: 11 }, (_, at) => 6 * at).flatMap((step) => {
    const kl = isHeld ? (1 - Math.exp(-step / 5)) / knob : step / 10;
    const entropy = isHeld ? 2 : 2 * Math.exp(-step / 10);
    return [
      { run, step, key: 'eval/kl_exact', value: kl },
      { run, step, key: 'eval/kl_exact_per_token', value: kl / 30 },
      { run, step, key: 'eval/entropy_per_token', value: entropy },
      { run, step, key: 'apa/residual_mean', value: kl / 25 },
      { run, step, key: 'apa/fixed_point_reached', value: step / END },
    ];
  });
}

const claimsIn = (page: string) => {
  const lines = page.split('\n').filter((line) => / (seen in all|refuted|in \d+ of)/.test(line));
  return lines.map((line) => line.split(' | ').at(-1)!.replace(' |', ''));
};

test('runs that follow the theory show every claim, and others refute it', () => {
  const rows = RUNS.flatMap(theory);
  expect(claimsIn(claimsMarkdown('', RUNS, rows))).toEqual([
    'seen in all 2 runs or seeds',
    'seen in all 8 runs or seeds',
    'seen in all 8 runs or seeds',
    'seen in all 2 runs or seeds',
    'seen in all 2 runs or seeds',
    'seen in all 2 runs or seeds',
  ]);

  const still = rows.map((row) => (row.key.startsWith('eval/kl') ? { ...row, value: 1 } : { ...row, value: 2 }));
  expect(claimsIn(claimsMarkdown('', RUNS, still))).toEqual([
    'refuted here: in none of 2',
    'seen in all 8 runs or seeds',
    'refuted here: in none of 8',
    'refuted here: in none of 2',
    'refuted here: in none of 2',
    'refuted here: in none of 2',
  ]);
});

test('one seed that is out of order is counted', () => {
  const rows = RUNS.flatMap((each) => {
    const isOdd = each.label === 'apa' && each.seed === 2 && Object.values(each.knobs)[0] === 2;
    return theory(each).map((row) => (isOdd && row.key === 'eval/kl_exact' ? { ...row, value: row.step } : row));
  });
  const [ordered, level] = claimsIn(claimsMarkdown('', RUNS, rows));
  expect([ordered, level]).toEqual(['in 1 of 2', 'in 7 of 8']);
});
