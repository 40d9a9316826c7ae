import type { Estimated } from '../../advantage/estimate-advantages.ts';
import { FRESH_SCALES, type ScalesState, scaleAdvantages, scaleScores } from '../../advantage/scales.ts';
import { type DataCursor, DataOrder } from '../../dataset/data-cursor.ts';
import { suspectedSince } from '../../doctor/doctor-state.ts';
import type { AdvantageBatch, AskedPrompt, Rollout } from '../../records.ts';
import { type FloatHost, float32 } from '../../runtime/host-tensor.ts';
import type { OnlineUpdateParts } from '../../update/online-update.ts';
import type { Checkpointer } from '../checkpoint/checkpointer.ts';
import type { Asked, Point } from '../context.ts';
import type { GivenRow } from '../data/given-row.ts';
import { loadData } from '../data/load-data.ts';
import { givenResponseRows, onlineRows } from '../data/recipe-rows.ts';
import type { PromptRow } from '../data/training-rows.ts';
import { createStopwatch, type Stopwatch } from '../report/progress.ts';
import { stopOnFinding } from '../report/report-findings.ts';
import { reportLedger } from '../report/report-ledger.ts';
import { resourcePoints } from '../report/resource-points.ts';
import { createOnlineEvaluation } from './evaluate-online.ts';
import { type OpenedReward, requireFiniteScores } from './finite-scores.ts';
import { type GivenResponses, NO_STANDARD, openGivenResponses, type ScoreStandard } from './given-responses.ts';
import { createOnlineDoctor, type Shown, withOrigin } from './online-doctor.ts';
import { type OnlineContext, type OnlineModels, openOnlineModels } from './online-models.ts';
import { type EncodedPrompt, toEncodedPrompt } from './online-prompts.ts';
import { type OnlineRollouts, openOnlineRollouts } from './online-rollouts.ts';
import type { OnlineState } from './online-state.ts';
import { openReward } from './open-reward.ts';
import { type OptimalValues, openReferenceValues, type ValueSettings } from './reference-values.ts';
import { requireAnswers } from './require-answers.ts';
import { withScoredCuts } from './scored-cuts.ts';
import { createUpdatePass, type UpdatePass } from './update-pass.ts';

export interface Collected {
  /** `rollouts.num_generations` responses per prompt, in adjacent rows. */
  readonly rollout: Rollout;
  /** One prompt per response. */
  readonly prompts: readonly AskedPrompt[];
  /** Indices of what was drawn from the data: of prompts, or of given responses. */
  readonly drawn: readonly number[];
  /** The iteration that the collection belongs to. */
  readonly iteration: number;
  /** Start of the next collection. */
  readonly cursor: DataCursor;
}

export interface Scored {
  /** [b] raw scores. */
  readonly scores: FloatHost;
  /** [b] scores as used in the rewards. */
  readonly scaledScores: FloatHost;
  readonly scales: ScalesState;
}

/** What a method needs of its responses. */
export interface OnlineNeeds {
  /** π_old from the training forward pass. */
  readonly oldLogprobs: boolean;
  /** Learns from the responses of the dataset in place of its own. */
  readonly given?: { readonly refreshValues: boolean };
}

/** The stages of an online recipe, opened for one run. */
export interface Online {
  readonly models: OnlineModels;
  readonly updateParts: Pick<
    OnlineUpdateParts<never>,
    'policy' | 'critic' | 'trained' | 'temperature' | 'optimizer' | 'microBatchSize' | 'recomputes'
  >;
  collect(state: OnlineState): Collected;
  /** Mean and deviation of the scores of all given responses. */
  standard(): Promise<ScoreStandard>;
  /** The optimal values that are known, and those of a collection's prompts, from responses of the reference. */
  optimalValues(known: OptimalValues, collected: Collected, settings: ValueSettings): OptimalValues;
  score(collected: Collected, scales: ScalesState): Scored;
  scale(batch: Estimated, scales: ScalesState): { readonly batch: AdvantageBatch; readonly scales: ScalesState };
  /** Starts the updates on a batch. */
  updates(state: OnlineState, batch: AdvantageBatch): UpdatePass;
  /** Runs a phase and adds its time. */
  readonly time: Stopwatch['time'];
  /** Seconds by phase since the last call, memory and graphs. */
  resources(): readonly Point[];
  /** Evaluates the starting policy, with which later responses are compared. */
  begin(checkpointer: Checkpointer<OnlineState>, state: OnlineState): OnlineState;
  /** Evaluates if due, runs the doctor, then writes a checkpoint if one is due or something was found. */
  endIteration(
    checkpointer: Checkpointer<OnlineState>,
    state: OnlineState,
    shown: Shown & { readonly asked: Asked },
  ): OnlineState;
}

/**
 * Prompts for training, and the fixed prompts of every evaluation; both leave room for a response. The judge scores
 * only the latter.
 */
export async function openData(
  context: OnlineContext,
  { policy, stops }: OnlineModels,
  { reward, judge }: { readonly reward: OpenedReward; readonly judge: OpenedReward | null },
  isGiven: boolean,
) {
  const { config } = context;
  const data = await loadData(config.data, config.seed, context.emit);
  const { tokenizer } = policy;
  const { contextLength } = policy.model.config;
  const model = { tokenizer, contextLength, ends: stops.ends };
  const given = isGiven ? givenResponseRows(config, data, model) : null;
  const { train, heldOut, ledger } = given ?? onlineRows(config, data, model);
  requireAnswers(
    [config.reward],
    [...train, ...heldOut].map(({ prompt }) => prompt),
  );
  requireAnswers(
    [config.judge],
    heldOut.map(({ prompt }) => prompt),
  );
  const scored = [
    { models: reward.models, prompts: [...train, ...heldOut] },
    { models: judge?.models ?? [], prompts: heldOut },
  ];
  const longest = (given?.train ?? []).reduce((most, { responseIds }) => Math.max(most, responseIds.length), 0);
  const responseTokens = Math.max(config.generation.maxNewTokens, longest);
  reportLedger(context, withScoredCuts(ledger, scored, responseTokens), contextLength);
  return { train, given: given?.train ?? [], fixed: heldOut.map(toEncodedPrompt) };
}

/** Where the responses of a collection come from. */
interface Responses {
  /** Prompts, or responses of a dataset. */
  readonly count: number;
  /** How many of them a collection takes. */
  readonly taken: number;
  collect(indices: readonly number[], iteration: number): Pick<Collected, 'rollout' | 'prompts'>;
  /** Mean and deviation of the scores of all of them; 0 and 1 where they are not known beforehand. */
  standard(): Promise<ScoreStandard>;
}

/** Responses that the dataset gives. */
function givenResponses(
  dataset: GivenResponses,
  { numRollouts }: OnlineContext['config']['rollouts'],
  reward: OpenedReward,
): Responses {
  return { ...dataset, taken: numRollouts, standard: () => dataset.standard(reward) };
}

/** Responses that the policy samples. */
function sampledResponses(
  { numRollouts, numGenerations }: OnlineContext['config']['rollouts'],
  rows: readonly PromptRow[],
  rollouts: OnlineRollouts,
): Responses {
  const prompts = rows.map(toEncodedPrompt);
  return {
    count: prompts.length,
    taken: numRollouts / numGenerations,
    collect(indices, iteration) {
      const chosen = indices.flatMap((index) => new Array<EncodedPrompt>(numGenerations).fill(prompts[index]!));
      return { rollout: rollouts.training(chosen, iteration), prompts: chosen.map(({ asked }) => asked) };
    },
    standard: async () => NO_STANDARD,
  };
}

function updatePartsOf(
  { generation, optimizer, engine }: OnlineContext['config'],
  { policy, critic }: OnlineModels,
  trained: readonly string[],
): Online['updateParts'] {
  const { temperature } = generation;
  const { microBatchSize, recomputeActivations: recomputes } = engine;
  return { policy, critic, trained, temperature, optimizer, microBatchSize, recomputes };
}

/** Raw scores of an iteration's responses. Throws `reward_not_finite`. */
function scoresOf(
  reward: OpenedReward,
  iteration: number,
  prompts: readonly AskedPrompt[],
  responses: readonly string[],
): FloatHost {
  const scores = reward.score(prompts, responses);
  requireFiniteScores('reward', reward, iteration, { prompts, responses, scores });
  return float32(scores, [scores.length]);
}

/** The optimal values of prompts by their index, scored as the policy's own responses are. */
function openEstimate(
  context: OnlineContext,
  models: OnlineModels,
  rows: readonly (PromptRow | GivenRow)[],
  reward: OpenedReward,
) {
  const estimate = openReferenceValues(context, models, (asked, responses, iteration) => {
    const scores = scoresOf(reward, iteration, asked, responses);
    return scaleScores(scores, FRESH_SCALES, context.config.scaling).scaledScores.data;
  });
  return (known: OptimalValues, drawn: readonly number[], iteration: number, settings: ValueSettings) => {
    const asked = drawn.map((index) => ({ index, prompt: toEncodedPrompt(rows[index]!) }));
    return estimate(known, asked, iteration, settings);
  };
}

/** Opens models, data, reward and judge of an online run. */
export async function openOnlineTrainer(context: OnlineContext, needs: OnlineNeeds): Promise<Online> {
  const { config, runtime } = context;
  const models = openOnlineModels(context);
  const { policy, critic } = models;
  const base = policy.adapted?.base ?? null;
  const reward = openReward(context, config.reward, 'reward', base);
  const judge = config.judge ? openReward(context, config.judge, 'judge', base) : null;
  const { train, given, fixed } = await openData(context, models, { reward, judge }, needs.given !== undefined);
  const rollouts = openOnlineRollouts(context, models, needs);
  const source = needs.given
    ? givenResponses(openGivenResponses(context, models, given, needs.given), config.rollouts, reward)
    : sampledResponses(config.rollouts, train, rollouts);
  const order = new DataOrder(source.count, config.seed);
  const estimate = openEstimate(context, models, train, reward);
  const watch = createStopwatch();
  const trained = [...policy.trained, ...(critic?.trained ?? [])];
  const total = config.updates.totalIterations;
  const collectFixed = () => watch.time('evaluation', () => rollouts.evaluation(fixed));
  const evaluation = createOnlineEvaluation(context, { policy, reward, judge, fixed, collect: collectFixed });
  const evaluate: typeof evaluation = (checkpointer, state) =>
    fixed.length > 0 ? evaluation(checkpointer, state) : { state, isBest: false };
  const look = createOnlineDoctor(context, policy.model.config.contextLength);

  return {
    models,
    updateParts: updatePartsOf(config, models, trained),
    collect(state) {
      const { indices, next } = order.batch(state.cursor, source.taken);
      const iteration = state.iteration + 1;
      const collected = watch.time('rollout', () => source.collect(indices, iteration));
      return { ...collected, drawn: indices, iteration, cursor: next };
    },
    optimalValues(known, { drawn, iteration }, settings) {
      return watch.time('rollout', () => estimate(known, drawn, iteration, settings));
    },
    standard: source.standard,
    score({ rollout: { responses }, prompts: asked, iteration }, scales) {
      const scores = watch.time('reward', () => scoresOf(reward, iteration, asked, responses));
      return { scores, ...scaleScores(scores, scales, config.scaling) };
    },
    scale: (batch, scales) => scaleAdvantages(batch, scales, config.scaling),
    updates: (state, batch) => createUpdatePass(context, trained, batch, state),
    time: watch.time,
    resources: () => [...watch.points(), ...resourcePoints(runtime)],
    begin: (checkpointer, state) =>
      withOrigin(evaluate(checkpointer, state).state, checkpointer.valuesAt(state.iteration)),
    endIteration(checkpointer, state, { asked, ...shown }) {
      const isLast = state.iteration === total;
      const due = isLast || state.iteration % config.evaluation.intervalIterations === 0;
      const { state: evaluated, isBest } = due ? evaluate(checkpointer, state) : { state, isBest: false };
      const { state: next, findings } = look(evaluated, checkpointer.valuesAt(state.iteration), shown);
      const now = asked.checkpoint || isLast || findings.length > 0;
      const end = { now, isBest: isBest && config.checkpoints.keepBest, suspectedSince: suspectedSince(next.doctor) };
      checkpointer.endStep(state.iteration, next, end);
      stopOnFinding(state.iteration, findings);
      return next;
    },
  };
}
