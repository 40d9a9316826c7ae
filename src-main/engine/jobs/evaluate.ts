import { z } from 'zod';
import type { BenchmarkTask } from '#contract/benchmarks/task-file.ts';
import type { LanguageModel } from '../model/language-model.ts';
import type { PlacedModel } from '../model/weights.ts';
import type { EngineReport, JobOf } from '../protocol.ts';
import { createGenerator } from '../rollout/generate.ts';
import { int32 } from '../runtime/host-tensor.ts';
import { labelLogprobs } from '../runtime/ops/log-softmax.ts';
import type { Runtime, Tensor } from '../runtime/types.ts';
import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { readingSpecials } from '../tokenizer/special-text.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { batchShape } from './batches/batch-shape.ts';
import { answerInBatches } from './batches/in-batches.ts';
import { padBatch } from './batches/pad-batch.ts';
import { type ChoicePair, pairsOf } from './evaluate/choice-pairs.ts';
import { type TaskDoc, taskDocs } from './evaluate/task-docs.ts';
import { beforeEnds, exactMatch, guessOf, scoreOf, type TaskScore } from './evaluate/task-scores.ts';
import type { JobContext } from './job-context.ts';
import { openWhole } from './kept/kept-models.ts';
import { readInput } from './read-input.ts';

/** An answered question: what is told of it, and its score by metric. */
interface Answered {
  readonly row: Readonly<Record<string, unknown>>;
  readonly scores: Readonly<Record<string, number>>;
}

interface Evaluating {
  readonly context: JobContext;
  readonly task: BenchmarkTask;
  readonly placed: PlacedModel<LanguageModel>;
  readonly tokenizer: Tokenizer;
  readonly docs: readonly TaskDoc[];
}

/** Questions whose beginning the model cannot read, or null if the job was stopped. */
interface Evaluated {
  readonly answered: readonly Answered[];
  readonly truncated: number;
}

/** Answers of all items in their order, or null if the job was stopped; rows are kept instead of told. */
async function answersOf<Item, Answer>(
  context: JobContext,
  work: Omit<Parameters<typeof answerInBatches<Item, Answer>>[0], 'phase'>,
): Promise<readonly Answer[] | null> {
  const answers: Answer[] = [];
  const tell = (report: EngineReport) => {
    if (report.kind === 'rows') answers.push(...(report.rows as Answer[]));
    else context.tell(report);
  };
  const done = await answerInBatches<Item, Answer>({ ...work, phase: 'evaluate' }, { control: context.control, tell });
  return done === null ? null : answers;
}

/** Sum of the log-probs of the last `answer` ids of each row, [b]. Rows are cut at their beginning. */
function createPairScorer(runtime: Runtime, { model, weightsOf }: PlacedModel<LanguageModel>) {
  const step = runtime.compile('evaluate-choices', (variables, inputs) => {
    const weights = weightsOf(variables.weights());
    const { hidden } = model.forward(weights, inputs as never, {});
    return { logprobs: labelLogprobs(model.logits(weights, hidden), inputs.labels as Tensor) };
  });
  return (pairs: readonly ChoicePair[], rows: number, length: number): readonly number[] => {
    const inputs = padBatch(
      pairs.map(({ ids }) => ids.slice(0, -1)),
      { rows, length, side: 'right' },
    );
    const labels = new Int32Array(rows * length);
    pairs.forEach(({ ids }, row) => {
      labels.set(ids.slice(1), row * length);
    });
    const data = step({ ...inputs, labels: int32(labels, [rows, length]) }).logprobs!.data as Float32Array;
    return pairs.map(({ ids, answer }, row) => {
      const end = row * length + ids.length - 1;
      return data.subarray(end - answer, end).reduce((sum, value) => sum + value, 0);
    });
  };
}

async function evaluateChoices({ context, task, placed, tokenizer, docs }: Evaluating): Promise<Evaluated | null> {
  const { vocabSize, contextLength, contextIsHard } = placed.model.config;
  const most = contextLength + 1;
  const whole = docs.map((doc) => pairsOf(tokenizer, doc, task.targetDelimiter));
  const items = whole.flat().map(({ ids, answer }): ChoicePair => ({ ids: ids.slice(-most), answer }));
  const shape = batchShape(vocabSize, contextIsHard ? contextLength : null);
  const scorer = createPairScorer(context.runtime, placed);
  const lengthOf = ({ ids }: ChoicePair) => ids.length - 1;
  const answer = (batch: readonly ChoicePair[]) => {
    const length = shape.lengthFor(lengthOf(batch[0]!));
    return scorer(batch, Math.min(shape.rowsFor(length), items.length), length);
  };
  const logprobs = await answersOf<ChoicePair, number>(context, { items, lengthOf, rowsFor: shape.rowsFor, answer });
  if (logprobs === null) return null;
  let taken = 0;
  const answered = docs.map(({ choices, target }): Answered => {
    const own = logprobs.slice(taken, taken + choices.length);
    taken += choices.length;
    const guess = guessOf(own, choices);
    const scores = { acc: Number(guess.acc === target), acc_norm: Number(guess.acc_norm === target) };
    return { row: { target, logprobs: own, ...scores }, scores };
  });
  const isCut = (pairs: readonly ChoicePair[]) => pairs.some(({ ids }) => ids.length > most);
  return { answered, truncated: whole.filter(isCut).length };
}

/** Floats per prompt token: keys and values of every layer, and one row of logits at the end. */
const floatsPerToken = ({ config }: LanguageModel) =>
  2 * config.layers * config.keyValueHeads * config.headWidth + config.innerWidth;

async function evaluateAnswers({ context, task, placed, tokenizer, docs }: Evaluating): Promise<Evaluated | null> {
  const { contextLength } = placed.model.config;
  const most = contextLength - task.maxGenToks;
  const whole = docs.map((doc) => tokenizer.encode(doc.context));
  const items = whole.map((ids) => ids.slice(-most));
  const shape = batchShape(floatsPerToken(placed.model), null);
  const stopTokenIds = tokenizer.stopTokens.ids;
  const sampling = { temperature: 1, topK: 0, topP: 1, isGreedy: true, stopTokenIds, padTokenId: tokenizer.padTokenId };
  const parts = { name: 'evaluate-answers', ...placed, maxNewTokens: task.maxGenToks, minNewTokens: 0, ...sampling };
  const sample = createGenerator(context.runtime, parts);
  const answer = (batch: readonly (readonly number[])[]) => {
    const length = shape.lengthFor(batch[0]!.length);
    const rows = Math.min(shape.rowsFor(length), items.length);
    const { ids, lengths } = sample(padBatch(batch, { rows, length, side: 'left' }), 0);
    const width = ids.shape[1] as number;
    return batch.map((_, row) => {
      const own = ids.data.subarray(row * width, row * width + lengths.data[row]!);
      return beforeEnds(tokenizer.decode(own, { skipSpecialTokens: true }), task.until);
    });
  };
  const lengthOf = (ids: readonly number[]) => ids.length;
  const texts = await answersOf(context, { items, lengthOf, rowsFor: shape.rowsFor, answer });
  if (texts === null) return null;
  const answered = docs.map(({ target }, at): Answered => {
    const text = texts[at]!;
    const scores = Object.fromEntries(
      task.metrics.map((metric) => [metric.metric, exactMatch(text, String(target), metric)]),
    );
    return { row: { target, text, ...scores }, scores };
  });
  return { answered, truncated: whole.filter((ids) => ids.length > most).length };
}

/**
 * Evaluates a language model on a task in the layout of lm-evaluation-harness, with that program's scores: a row for each
 * question, then `{"task", "questions", "truncated", "metrics"}`.
 * Throws `input_rows_bad`, `task_unusable` and whatever loading a model throws.
 */
export async function evaluate(job: JobOf<'evaluate'>, context: JobContext): Promise<void> {
  const { task } = job;
  const rows = await readInput({ file: job.data }, z.record(z.string(), z.unknown()));
  const docs = taskDocs(task, rows.slice(0, job.limit ?? rows.length));
  const placed = openWhole(context.runtime, 'language', { model: job.model, keeps: false });
  const tokenizer = readingSpecials(loadTokenizer(job.model), 'parse');
  const evaluating = { context, task, placed, tokenizer, docs };
  const evaluated = await (task.outputType === 'multiple_choice' ? evaluateChoices : evaluateAnswers)(evaluating);
  if (evaluated === null) return;
  const { answered, truncated } = evaluated;
  context.tell({ kind: 'rows', rows: answered.map(({ row }) => row) });
  const metrics = Object.fromEntries(
    task.metrics.map(({ metric }): [string, TaskScore] => [
      metric,
      scoreOf(answered.map(({ scores }) => scores[metric]!)),
    ]),
  );
  context.tell({ kind: 'result', result: { task: task.name, questions: docs.length, truncated, metrics } });
}
