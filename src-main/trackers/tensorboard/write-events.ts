import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fillFile, type NewFile } from '../new-file.ts';
import { logsOf, type TrackedRun, type TrackedSample, type TrackerExport } from '../tracked-run.ts';
import { record, summaryEvent, versionEvent } from './events.ts';

/** Readers of event files expect `tfevents` in the name and a time after it. */
const fileName = (createdAt: number) => `events.out.tfevents.${Math.floor(createdAt / 1000)}.keel`;

/** Markdown that shows a text as it is: a code block with a fence longer than any in the text. */
function verbatim(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function sampleText({ prompt, response, score }: TrackedSample): string {
  return `**Prompt**\n\n${verbatim(prompt)}\n\n**Response** (score ${score})\n\n${verbatim(response)}`;
}

async function writeSamples(file: NewFile, { samples, createdAt }: TrackedRun): Promise<void> {
  for await (const batch of samples()) {
    for (const sample of batch) {
      const tagged = { tag: `samples/prompt_${sample.promptIndex}/text_summary`, text: sampleText(sample) };
      file.write(record(summaryEvent(createdAt / 1000, sample.step, [tagged])));
    }
  }
}

async function writeRun(folder: string, run: TrackedRun): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await fillFile(join(folder, fileName(run.createdAt)), async (file) => {
    const seconds = run.createdAt / 1000;
    file.write(record(versionEvent(seconds)));
    const config = verbatim(JSON.stringify(run.config, null, 2));
    file.write(record(summaryEvent(seconds, 0, [{ tag: 'config/text_summary', text: config }])));
    for await (const batch of run.points()) {
      for (const { step, at, points } of logsOf(batch)) {
        const values = points.map(({ key, value }) => ({ tag: key, scalar: value }));
        file.write(record(summaryEvent(at / 1000, step, values)));
      }
    }
    await writeSamples(file, run);
  });
}

/**
 * Writes a log folder for `tensorboard --logdir`: a folder per run, named by its id, with one event file: the config as
 * text, every value as a scalar (float32), and the wanted responses as text, one tag per prompt.
 */
export async function writeTensorboard({ out, runs }: TrackerExport): Promise<void> {
  for (const run of runs) await writeRun(join(out, run.id), run);
}
