import { formatDigits, formatPercent } from '#contract/format.ts';
import { entryName } from '#contract/study/words.ts';
import { APA, AWR, PPO, WHITENED } from './claims-study.ts';

/** A metric value of a run, as `keel runs export --format jsonl` writes it. */
export interface MetricRow {
  readonly run: string;
  readonly step: number;
  readonly key: string;
  readonly value: number | string;
}

/** A run that is compared. */
export interface ClaimRun {
  readonly run: string;
  readonly label: string;
  readonly knobs: Readonly<Record<string, unknown>>;
  readonly seed: number;
}

/** One run's values by step. */
type Series = ReadonlyMap<number, number>;

/** A configuration with the runs of its seeds. */
interface Configuration {
  readonly name: string;
  readonly label: string;
  readonly knob: number;
  readonly runs: readonly ClaimRun[];
}

const KL = 'eval/kl_exact';
const ENTROPY = 'eval/entropy_per_token';
const TABLES = [
  [KL, 'KL to the starting policy, nats per response'],
  [ENTROPY, 'Entropy, nats per token'],
  ['eval/distinct_replies', 'Distinct responses, share of the fixed prompts'],
  ['eval/judge', "Judge's score"],
  ['eval/reward', 'Reward'],
] as const;
/** An entropy below this share of that at the start is a collapse, as in docs/algorithms/apa.md. */
const COLLAPSED = 0.1;
/** A KL that rises by less than this share in the last third of a run is level. */
const LEVEL = 0.1;

const digits = (value: number) => (Number.isFinite(value) ? formatDigits(value, 3) : '–');
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function configurationsOf(runs: readonly ClaimRun[]): readonly Configuration[] {
  const groups = Map.groupBy(runs, ({ label, knobs }) => `${label} ${JSON.stringify(knobs)}`);
  return [...groups.values()].map((members) => {
    const { label, knobs } = members[0]!;
    return { name: entryName({ label, knobs }), label, knob: Number(Object.values(knobs)[0]), runs: members };
  });
}

/** What the claims are read from. */
class Measured {
  readonly #series = new Map<string, Map<number, number>>();
  readonly steps: readonly number[];
  readonly configurations: readonly Configuration[];

  constructor(runs: readonly ClaimRun[], rows: readonly MetricRow[]) {
    this.configurations = configurationsOf(runs);
    for (const { run, step, key, value } of rows) {
      const name = `${run} ${key}`;
      const series = this.#series.get(name) ?? new Map<number, number>();
      this.#series.set(name, series.set(step, Number(value)));
    }
    this.steps = [...this.of(runs[0]!, KL).keys()].sort((a, b) => a - b);
  }

  of({ run }: ClaimRun, key: string): Series {
    return this.#series.get(`${run} ${key}`) ?? new Map();
  }

  /** The value at an evaluation, counted from the start or, if negative, from the end. */
  at(run: ClaimRun, key: string, index: number): number {
    return this.of(run, key).get(this.steps.at(index)!) ?? Number.NaN;
  }

  /** The newest value of a metric of training. */
  last(run: ClaimRun, key: string): number {
    const series = this.of(run, key);
    return series.get(Math.max(...series.keys())) ?? Number.NaN;
  }

  /** By how much of itself the KL rose in the last third of a run. */
  lateRise(run: ClaimRun): number {
    const from = this.at(run, KL, Math.floor((2 * (this.steps.length - 1)) / 3));
    return this.at(run, KL, -1) / from - 1;
  }

  entropyLeft(run: ClaimRun): number {
    return this.at(run, ENTROPY, -1) / this.at(run, ENTROPY, 0);
  }

  labeled(label: string): readonly Configuration[] {
    return this.configurations.filter((each) => each.label === label).sort((a, b) => a.knob - b.knob);
  }
}

function table(measured: Measured, key: string, title: string): readonly string[] {
  const head = ['Configuration', ...measured.steps.map((step) => `iteration ${step}`)];
  const lines = measured.configurations.map(({ name, runs }) => {
    const values = measured.steps.map((_, at) => digits(mean(runs.map((run) => measured.at(run, key, at)))));
    return row([name, ...values]);
  });
  return [`### ${title}`, '', row(head), row(head.map(() => '---')), ...lines, ''];
}

/** One claim, what was seen of it, and in how many seeds it was seen. */
interface Claim {
  readonly claim: string;
  readonly seen: string;
  readonly holds: readonly boolean[];
}

const percent = (share: number) => formatPercent(share, 0);
const range = (values: readonly number[], write: (value: number) => string) => {
  const [least, most] = [write(Math.min(...values)), write(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
};

/** The claims of docs/algorithms/apa.md about the course of a run. */
function claimsOf(measured: Measured): readonly Claim[] {
  const apa = measured.labeled(APA);
  const seeds = apa[0]!.runs.map((_, at) => at);
  const kls = (each: Configuration) => each.runs.map((run) => measured.at(run, KL, -1));
  const rises = (each: Configuration) => each.runs.map((run) => measured.lateRise(run));
  const entropies = (each: Configuration) => each.runs.map((run) => measured.entropyLeft(run));
  const isOrdered = (seed: number) => apa.every((each, at) => at === 0 || kls(each)[seed]! < kls(apa[at - 1]!)[seed]!);
  const drifting = (claim: string, each: Configuration): Claim => ({
    claim,
    seen: `KL ${range(kls(each), digits)} at the end, risen by ${range(rises(each), percent)} in the last third; ${range(entropies(each), percent)} of the entropy left`,
    holds: rises(each).map((rise) => rise > LEVEL),
  });
  const whitened = measured.labeled(WHITENED);
  const [free] = measured.labeled(PPO);
  const [awr] = measured.labeled(AWR);
  return [
    {
      claim: "APA's KL falls as λ rises",
      seen: apa.map((each) => `λ ${each.knob}: ${range(kls(each), digits)}`).join('; '),
      holds: seeds.map(isOrdered),
    },
    {
      claim: "APA's KL levels off",
      seen: `risen in the last third: ${apa.map((each) => `λ ${each.knob}: ${range(rises(each), percent)}`).join('; ')}`,
      holds: apa.flatMap((each) => rises(each).map((rise) => rise < LEVEL)),
    },
    {
      claim: 'The mean residual of APA is about the KL per token',
      seen: apa
        .map((each) => {
          const residual = each.runs.map((run) => measured.last(run, 'apa/residual_mean'));
          const kl = each.runs.map((run) => measured.at(run, 'eval/kl_exact_per_token', -1));
          return `λ ${each.knob}: ${range(residual, digits)} beside ${range(kl, digits)}`;
        })
        .join('; '),
      holds: apa.flatMap((each) =>
        each.runs.map((run) => {
          const ratio = measured.last(run, 'apa/residual_mean') / measured.at(run, 'eval/kl_exact_per_token', -1);
          return ratio > 0.5 && ratio < 2;
        }),
      ),
    },
    {
      claim: 'With whitened advantages and a λ below the critical one, APA collapses',
      seen: whitened
        .map(
          (each) =>
            `λ ${each.knob}: ${range(entropies(each), percent)} of the entropy left, KL ${range(kls(each), digits)}`,
        )
        .join('; '),
      holds: entropies(whitened[0]!).map((left) => left < COLLAPSED),
    },
    drifting('PPO without a KL term drifts on', free!),
    drifting('AWR, which has no anchor, sharpens on', awr!),
  ];
}

function verdict({ holds }: Claim): string {
  const count = holds.filter(Boolean).length;
  if (count === holds.length) return `seen in all ${count} runs or seeds`;
  return count === 0 ? `refuted here: in none of ${holds.length}` : `in ${count} of ${holds.length}`;
}

/** The page that says, claim by claim, what the runs showed, with every number that it was read from. */
export function claimsMarkdown(notes: string, runs: readonly ClaimRun[], rows: readonly MetricRow[]): string {
  const measured = new Measured(runs, rows);
  const reached = measured.labeled(APA).map((each) => {
    const values = each.runs.map((run) => measured.last(run, 'apa/fixed_point_reached'));
    return row([each.name, range(values, digits)]);
  });
  return [
    '# The theory on the starter',
    '',
    notes,
    `${runs.length} runs with seeds ${[...new Set(runs.map(({ seed }) => seed))].join(' and ')}; the values of all seeds stand as a range, in tables as their mean.`,
    '',
    row(['Claim', 'Seen', 'Verdict']),
    row(['---', '---', '---']),
    ...claimsOf(measured).map((each) => row([each.claim, each.seen, verdict(each)])),
    '',
    `A KL is level if it rises by less than ${percent(LEVEL)} in the last third of the run; a policy has collapsed if less than ${percent(COLLAPSED)} of its entropy is left; "about" is within a factor of two.`,
    '',
    '## Distance to the fixed point at the end',
    '',
    row(['Configuration', '`apa/fixed_point_reached`']),
    row(['---', '---']),
    ...reached,
    '',
    '## Over time',
    '',
    ...TABLES.flatMap(([key, title]) => table(measured, key, title)),
  ].join('\n');
}
