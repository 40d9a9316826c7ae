import type { StoredSample } from '#contract/api/runs/run-records.ts';
import { counted } from '#contract/format.ts';
import { printable } from './render-dataset-report.ts';

/** The responses of a run to the fixed prompts at one step. */
export interface SampleList {
  readonly run: string;
  readonly step: number;
  /** All steps with responses. */
  readonly steps: readonly number[];
  /** Number of responses at this step, of which `samples` may be only the first. */
  readonly replies: number;
  readonly samples: readonly StoredSample[];
}

const rounded = (value: number) => String(Number(value.toPrecision(4)));

/** Text with its line breaks, indented; other invisible characters, such as those that move a cursor, as codes. */
function block(text: string): string {
  if (text === '') return '    (empty)';
  return text
    .split('\n')
    .map((line) => `    ${printable(line)}`.trimEnd())
    .join('\n');
}

function renderSample(sample: StoredSample): string {
  const { promptIndex, prompt, response, score, judge, tokens, endedByStop } = sample;
  const facts = [
    `score ${rounded(score)}`,
    ...(judge === null ? [] : [`judge ${rounded(judge)}`]),
    ...(tokens.length > 0 ? [counted(tokens.length, 'token')] : []),
    endedByStop ? 'complete' : 'truncated',
  ];
  return `prompt ${promptIndex}\n${block(prompt)}\nresponse: ${facts.join(', ')}\n${block(response)}`;
}

/** The responses, and which steps have others. */
export function renderSamples({ run, step, steps, replies, samples }: SampleList): string {
  const left = replies - samples.length;
  const others = steps.filter((one) => one !== step);
  return [
    `Step ${step} of ${run}: ${counted(replies, 'response')} to the fixed prompts`,
    ...samples.map(renderSample),
    ...(left > 0 ? [`${left} more: --limit ${replies}`] : []),
    ...(others.length > 0 ? [`Other steps with responses (--step): ${others.join(', ')}`] : []),
  ].join('\n\n');
}
