import { type Command, Option } from 'commander';
import {
  METRIC_FORMAT_FACTS,
  METRIC_FORMATS,
  type MetricExportResult,
  type MetricFormat,
} from '#contract/api/runs/metric-export.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';
import { formatBytes } from '#contract/format.ts';
import { JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { wholeNumber } from '../parse-number.ts';
import { renderSamples, type SampleList } from '../render/render-samples.ts';
import type { Shell } from '../shell.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';

interface ExportFlags {
  readonly format: MetricFormat;
  readonly out: string;
  readonly samples?: boolean;
  readonly json?: boolean;
}

/** The program that opens what was written, as a command where there is one. */
function howToOpen({ format, out }: MetricExportResult): string {
  if (format === 'tensorboard') return `\nOpen it with: tensorboard --logdir ${out}`;
  if (format !== 'trackio') return '';
  const at = out.lastIndexOf('/');
  const project = out.slice(at + 1, -METRIC_FORMAT_FACTS.trackio.extension.length);
  return `\nOpen it with: TRACKIO_DIR=${out.slice(0, at)} trackio show --project ${project}`;
}

function exportText(result: MetricExportResult): string {
  const { runs, values, samples, bytes, out } = result;
  const of = runs.length === 1 ? `${runs[0]}` : `${runs.length} runs`;
  const texts = samples > 0 ? ` and ${samples} responses` : '';
  return `Wrote ${values} values${texts} of ${of}, ${formatBytes(bytes)}, to ${out}${howToOpen(result)}`;
}

interface SampleFlags {
  readonly step?: number;
  readonly limit: number;
  readonly json?: boolean;
}

/** The run with its steps that have responses; for a pipeline, its last stage with responses. */
async function sampledRun(client: ApiClient, wanted: string) {
  const detail = await client.runs.get({ run: wanted });
  const candidates = [detail.id, ...detail.stages.map((stage) => stage.id).toReversed()];
  for (const run of candidates) {
    const steps = (await client.runs.sampleSteps({ run })).map(({ step }) => step);
    if (steps.length > 0) return { run, steps };
  }
  throw new KeelError({
    code: 'samples_missing',
    why: `The run ${detail.id} (${detail.state}) has no responses to fixed prompts.`,
    fix: 'Recipes that generate keep them at every evaluation; see evaluation.num_samples in docs/config.md.',
  });
}

async function readSamples(client: ApiClient, wanted: string, { step, limit }: SampleFlags): Promise<SampleList> {
  const { run, steps } = await sampledRun(client, wanted);
  const at = step ?? (steps.at(-1) as number);
  if (!steps.includes(at)) {
    throw new KeelError({
      code: 'samples_missing',
      why: `The run ${run} has no responses at step ${at}.`,
      fix: `Choose one of these steps: ${steps.join(', ')}.`,
    });
  }
  const all = await client.runs.samplesAt({ run, step: at });
  return { run, step: at, steps, replies: all.length, samples: all.slice(0, limit) };
}

function addSamples(group: Command, shell: Shell): void {
  group
    .command('samples')
    .description('show the responses of a run to its fixed prompts, with their scores')
    .argument('<run>', 'run id, an unambiguous part of one, or latest; for a pipeline, its last stage with responses')
    .option('--step <n>', 'step of an evaluation, 0 for the start (default: the last one)', wholeNumber(0))
    .option('--limit <n>', 'maximum number of responses', wholeNumber(1), 8)
    .option(...JSON_OPTION)
    .action(async (run: string, flags: SampleFlags) => {
      const list = await withHost(shell, (client) => readSamples(client, run, flags));
      shell.print(flags.json ? jsonLine(list, 2) : renderSamples(list));
    });
}

/** `keel runs samples` and `keel runs export`. */
export function addRunData(group: Command, shell: Shell): void {
  addSamples(group, shell);
  group
    .command('export')
    .description('write the metrics of runs for other programs (`keel export` writes models)')
    .argument('<run...>', 'one or more runs: ids, unambiguous parts, or latest; a pipeline stands for its stages')
    .addOption(new Option('--format <format>', 'format to write').choices(METRIC_FORMATS).makeOptionMandatory())
    .requiredOption('--out <path>', 'new file, or new log folder for tensorboard; nothing is replaced')
    .option('--samples', 'also the responses to the fixed prompts, as text (tensorboard only)')
    .option(...JSON_OPTION)
    .action(async (runs: string[], { format, out, samples = false, json }: ExportFlags) => {
      const request = { runs, format, folder: shell.folder, out, samples };
      const result = await withHost(shell, (client) => {
        return streamJob(shell, (signal) => client.runs.exportMetrics(request, { signal }));
      });
      shell.print(json ? jsonLine(result, 2) : exportText(result as MetricExportResult));
    });
}
