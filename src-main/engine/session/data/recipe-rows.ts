import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import { type OnlineConfig, type RecipeConfig, recipeOf, type SupervisedConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { DatasetType } from '../../dataset/dataset-format.ts';
import type { DataRecord } from '../../records.ts';
import type { ResponseEnds } from '../../tokenizer/rows/response-ends.ts';
import type { DemonstrationOptions } from '../../tokenizer/rows/token-rows.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { TrainingData } from './load-data.ts';
import { comparisonsOf, demonstrationsOf, judgmentsOf, promptsOf } from './records-of.ts';
import { demonstrationRows, givenRows, judgedRows, type Limits, pairRows, promptRows } from './training-rows.ts';

/** A tokenizer and the number of tokens that its model can read. */
export interface RowModel {
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  /** How responses end; by default as in a run that starts now. */
  readonly ends?: ResponseEnds;
}

type Trained = RecipeConfig<'sft'>;
type Data = SupervisedConfig['data'];

function limitsOf({ maxLength, truncationSide }: Data, contextLength: number): Limits {
  return { maxLength: Math.min(maxLength ?? contextLength, contextLength), truncationSide };
}

/** How SFT makes its rows. */
function sftOptions(
  { data, training }: Trained,
  contextLength: number,
): Limits & Pick<DemonstrationOptions, 'trainOn' | 'multiTurn'> {
  return {
    ...limitsOf(data, contextLength),
    ...(training.assistantOnly ? {} : { trainOn: 'all' as const }),
    multiTurn: data.rowSelection === 'former' ? 'former' : training.multiTurn,
  };
}

/** Limits of the prompts of an online recipe: they leave room for a response. Throws `generation_no_room`. */
function promptLimits({ data, generation }: OnlineConfig, contextLength: number): Limits {
  const { maxLength, truncationSide } = limitsOf(data, contextLength);
  const room = maxLength - generation.maxNewTokens;
  if (room > 0) return { maxLength: room, truncationSide };
  throw new KeelError({
    code: 'generation_no_room',
    why: `generation.max_new_tokens is ${generation.maxNewTokens}, which leaves no room for a prompt in ${maxLength} tokens.`,
    fix: `Set generation.max_new_tokens to less than ${maxLength}.`,
  });
}

export function sftRows(config: Trained, data: TrainingData, { tokenizer, contextLength, ends }: RowModel) {
  const options = { ...sftOptions(config, contextLength), ...(ends && { ends }) };
  return demonstrationRows(data, tokenizer, options, config.data);
}

/** The rows of a recipe that learns from pairs. */
export function comparisonRows(
  config: Pick<SupervisedConfig, 'data'>,
  data: TrainingData,
  { tokenizer, contextLength, ends }: RowModel,
) {
  const options = { ...limitsOf(config.data, contextLength), ...(ends && { ends }) };
  return pairRows(data, tokenizer, options, config.data);
}

/** The rows of a recipe that learns from judged responses. */
export function judgmentRows(
  config: Pick<SupervisedConfig, 'data'>,
  data: TrainingData,
  { tokenizer, contextLength, ends }: RowModel,
) {
  const options = { ...limitsOf(config.data, contextLength), ...(ends && { ends }) };
  return judgedRows(data, tokenizer, options, config.data);
}

/** The prompts of an online recipe; of the held-out ones, those that its evaluations use. */
export function onlineRows(config: OnlineConfig, data: TrainingData, { tokenizer, contextLength }: RowModel) {
  const wanted = { skipBadRows: config.data.skipBadRows, evaluated: config.evaluation.numPrompts };
  return promptRows(data, tokenizer, promptLimits(config, contextLength), wanted);
}

/** The responses of the dataset that an online recipe learns from, and the prompts of its evaluations. */
export function givenResponseRows(
  config: OnlineConfig,
  data: TrainingData,
  { tokenizer, contextLength, ends }: RowModel,
) {
  const ofPrompts = promptLimits(config, contextLength);
  const wanted = { skipBadRows: config.data.skipBadRows, evaluated: config.evaluation.numPrompts, ofPrompts };
  return givenRows(data, tokenizer, { ...limitsOf(config.data, contextLength), ...(ends && { ends }) }, wanted);
}

type Online = Extract<RecipeConfig, OnlineConfig>;

const isOnline = (config: RecipeConfig): config is Online => 'rollouts' in config;
/** Whether an online recipe learns from the responses of its dataset in place of its own. */
const isGiven = ({ recipe }: RecipeConfig): boolean => recipeOf(recipe).data === 'comparisons';
const isTrained = (config: RecipeConfig): config is Trained => recipeOf(config.recipe).data === 'demonstrations';

/** What a config's recipe makes of a file: the records that it trains on, and how long their rows may be. */
export interface RowPlan extends Limits, Pick<DemonstrationOptions, 'trainOn' | 'multiTurn'> {
  /** The record as the recipe uses it; nothing for one that it leaves out. Throws `dataset.wrong_type`. */
  readonly toUsed: (record: DataRecord) => readonly DataRecord[];
  /** The type of dataset as which the recipe uses a file. */
  readonly usedAs: (type: DatasetType) => DatasetType;
  /** Number of tokens of the maximum length that are kept for a response. */
  readonly responseRoom: number;
}

const NO_LEDGER = { leaveOut: () => undefined };

/** How the recipe of a config makes its rows. Throws `generation_no_room`. */
export function rowPlan(config: RecipeConfig, contextLength: number): RowPlan {
  if (isOnline(config) && isGiven(config)) {
    promptLimits(config, contextLength);
    const toUsed = (record: DataRecord) => comparisonsOf([record]);
    return { ...limitsOf(config.data, contextLength), toUsed, usedAs: (type) => type, responseRoom: 0 };
  }
  if (isOnline(config)) {
    const toUsed = (record: DataRecord) => promptsOf([record]);
    const responseRoom = config.generation.maxNewTokens;
    return { ...promptLimits(config, contextLength), toUsed, usedAs: () => 'prompt_only', responseRoom };
  }
  if (!isTrained(config)) {
    const usedOf = recipeOf(config.recipe).data === 'judgments' ? judgmentsOf : comparisonsOf;
    const toUsed = (record: DataRecord) => usedOf([record]);
    return { ...limitsOf(config.data, contextLength), toUsed, usedAs: (type) => type, responseRoom: 0 };
  }
  return {
    ...sftOptions(config, contextLength),
    toUsed: (record) => demonstrationsOf([record], NO_LEDGER),
    usedAs: (type) => (type === 'language_modeling' ? type : 'prompt_completion'),
    responseRoom: 0,
  };
}

/** The ledger that a run of a config will report of its data. Throws `generation_no_room`, `dataset.wrong_type`. */
export function ledgerOf(config: RecipeConfig, data: TrainingData, model: RowModel): DataLedger {
  if (isOnline(config)) return (isGiven(config) ? givenResponseRows : onlineRows)(config, data, model).ledger;
  if (isTrained(config)) return sftRows(config, data, model).ledger;
  const rowsOf = recipeOf(config.recipe).data === 'judgments' ? judgmentRows : comparisonRows;
  return rowsOf(config, data, model).ledger;
}
