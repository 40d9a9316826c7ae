import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportRow, RunReport } from '../../src-main/contract/api/runs/run-report.ts';
import { llamaCpp } from '../../tests/support/llama-cpp.ts';
import { smollm2 } from '../../tests/support/smollm2.ts';
import type { AcceptanceLine, LineOutcome } from './line.ts';
import { apaConfig, rewardConfig, type Sizes, sftConfig } from './pretrained/configs.ts';
import { type Agreement, compareWithLlamaCpp } from './pretrained/in-llama-cpp.ts';
import { BEST_SCORE } from './pretrained/polite-rules.ts';
import { type PreparedData, prepareData } from './pretrained/prepare-data.ts';
import { heldOutQuestions, trainingQuestions } from './pretrained/questions.ts';
import { type EndedRun, runConfig } from './run-config.ts';
import { keel } from './run-program.ts';

const MINUTES = 20;
const SIZES: Sizes = { sftSteps: 16, rewardSteps: 12, iterations: 16, rollouts: 16, heldOut: heldOutQuestions.length };
/** A question of each kind about two held-out topics. */
const COMPARED = heldOutQuestions.slice(0, 8);

interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

interface Certificate {
  readonly accuracy: Share;
  readonly shorterWins: Share;
}

interface Sample {
  readonly prompt: string;
  readonly response: string;
  readonly score: number;
}

const fixed = (value: number | null | undefined, digits = 2) => value?.toFixed(digits) ?? 'unknown';
const percent = ({ share, low, high }: Share) =>
  `${(100 * share).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
const minutesSince = (start: number) => (performance.now() - start) / 60_000;

function rowOf(report: RunReport | undefined, key: string): ReportRow | undefined {
  return report?.rows.find((row) => row.key === key);
}

/** `1.90 to 3.20, +1.30 (95% interval 1.05 to 1.55, 64 prompts)` */
function changeText(row: ReportRow | undefined): string {
  if (!row?.change) return 'not measured';
  const { change, low, high, n } = row.change;
  const interval = `95% interval ${fixed(low)} to ${fixed(high)}, ${n} prompts`;
  return `${fixed(row.start)} to ${fixed(row.end)}, ${change < 0 ? '' : '+'}${fixed(change)} (${interval})`;
}

/** Responses to the first questions before and after, and their scores. */
async function sampleLines(run: string, steps: readonly number[]): Promise<readonly string[]> {
  const [before, after] = await Promise.all(
    steps.map(async (step) => {
      const [found] = await keel(['runs', 'samples', run, '--step', String(step), '--limit', '4']);
      return (found as unknown as { readonly samples: readonly Sample[] }).samples;
    }),
  );
  const questionIn = (prompt: string) => heldOutQuestions.find((question) => prompt.includes(question)) ?? prompt;
  return before!.flatMap(({ prompt, response, score }, index) => [
    questionIn(prompt),
    `  before (${fixed(score, 1)}): ${JSON.stringify(response)}`,
    `  after (${fixed(after![index]!.score, 1)}): ${JSON.stringify(after![index]!.response)}`,
  ]);
}

interface Trained {
  readonly apa: EndedRun;
  readonly certificate: Certificate;
  readonly minutes: number;
}

async function train(
  model: string,
  data: PreparedData,
  folder: string,
  tell: (text: string) => void,
): Promise<Trained> {
  const start = performance.now();
  const timed = async (name: string, config: Parameters<typeof runConfig>[1]) => {
    const from = performance.now();
    const run = await runConfig(folder, config);
    tell(`${name}: ${minutesSince(from).toFixed(1)} minutes`);
    return run;
  };
  const sft = await timed(`SFT, ${SIZES.sftSteps} updates`, sftConfig(model, data, SIZES));
  const reward = await timed(`reward model, ${SIZES.rewardSteps} updates`, rewardConfig(sft.id, data, SIZES));
  const apa = await timed(`APA, ${SIZES.iterations} iterations`, apaConfig(sft.id, reward.id, data, SIZES));
  return { apa, certificate: reward.summary.certificate as Certificate, minutes: minutesSince(start) };
}

function agreementText({ equal, prompts, tokens, differences }: Agreement): string {
  const others = differences.length > 0 ? `; ${differences.join('; ')}` : '';
  return `exported as F16, llama.cpp's greedy tokens are Keel's for ${equal} of ${prompts} prompts, ${tokens} tokens${others}`;
}

async function judge({ apa, certificate, minutes }: Trained, agreement: Agreement): Promise<LineOutcome> {
  const report = apa.reports[0] as RunReport | undefined;
  const reward = rowOf(report, 'eval/reward');
  const steps = [report?.startStep ?? 0, report?.endStep ?? SIZES.iterations];
  const isUp = (reward?.change?.low ?? 0) > 0;
  return {
    passed: isUp && minutes <= MINUTES && (agreement.equal === agreement.prompts || agreement.areTies),
    figures: [
      `reward model: ${percent(certificate.accuracy)} of ${certificate.accuracy.n} held-out pairs; the shorter response is the better one in ${percent(certificate.shorterWins)}`,
      `held-out reward, 0 to ${BEST_SCORE}: ${changeText(reward)}; wanted: an interval above 0`,
      `the reward model's score of the same responses: ${changeText(rowOf(report, 'eval/judge'))}`,
      `exact KL to the start, nats a response: ${changeText(rowOf(report, 'eval/kl_exact'))}`,
      `length in tokens: ${changeText(rowOf(report, 'eval/response_length'))}`,
      ...(await sampleLines(apa.id, steps)),
      `SFT, reward model, and APA: ${minutes.toFixed(1)} minutes (at most ${MINUTES})`,
      agreementText(agreement),
    ],
  };
}

/** What the line cannot do without: the published model, and llama.cpp. */
function requirements(): { readonly model: string; readonly llama: string } {
  const [model, llama] = [smollm2(), llamaCpp()];
  if ('missing' in model) throw new Error(`SmolLM2-135M-Instruct is absent: ${model.missing}`);
  if ('missing' in llama) throw new Error(`llama.cpp is absent: ${llama.missing}`);
  return { model: model.path, llama: llama.folder };
}

export const pretrained: AcceptanceLine = {
  number: 16,
  title: `SmolLM2-135M-Instruct from its GGUF, aligned with LoRA in ${MINUTES} minutes on two cores`,
  async run(tell) {
    const { model, llama } = requirements();
    const folder = mkdtempSync(join(tmpdir(), 'keel-pretrained-'));
    try {
      const start = performance.now();
      const data = await prepareData(model, trainingQuestions, join(folder, 'data'));
      const { counts, scores } = data;
      tell(
        `preparation, not counted: ${3 * trainingQuestions.length} responses sampled in ${minutesSince(start).toFixed(1)} minutes; ` +
          `${counts.demonstrations} demonstrations (mean score ${fixed(scores.demonstrations)}; ` +
          `${fixed(scores.bare)} for the bare questions) and ${counts.pairs} pairs`,
      );
      const trained = await train(model, data, folder, tell);
      const out = join(folder, 'exported');
      const [exported] = await keel(['export', trained.apa.id, '--format', 'gguf', '--type', 'F16', '--out', out]);
      const path = join(out, (exported as { readonly file: string }).file);
      return await judge(trained, await compareWithLlamaCpp(llama, path, COMPARED, folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
