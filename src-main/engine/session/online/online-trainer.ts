import type { Estimated } from '../../advantage/estimate-advantages.ts';
import { type ScalesState, scaleAdvantages, scaleScores } from '../../advantage/scales.ts';
import { type DataCursor, DataOrder } from '../../dataset/data-cursor.ts';
import { suspectedSince } from '../../doctor/doctor-state.ts';
import type { AdvantageBatch, AskedPrompt, Rollout } from '../../records.ts';
import { type FloatHost, float32 } from '../../runtime/host-tensor.ts';
import type { OnlineUpdateParts } from '../../update/online-update.ts';
import type { Checkpointer } from '../checkpoint/checkpointer.ts';
import type { Asked, Point } from '../context.ts';
import { loadData } from '../data/load-data.ts';
import { onlineRows } from '../data/recipe-rows.ts';
import { createStopwatch, type Stopwatch } from '../report/progress.ts';
import { stopOnFinding } from '../report/report-findings.ts';
import { reportLedger } from '../report/report-ledger.ts';
import { resourcePoints } from '../report/resource-points.ts';
import { createOnlineEvaluation } from './evaluate-online.ts';
import { type OpenedReward, requireFiniteScores } from './finite-scores.ts';
import { createOnlineDoctor, type Shown, withOrigin } from './online-doctor.ts';
import { type OnlineContext, type OnlineModels, openOnlineModels } from './online-models.ts';
import { type EncodedPrompt, toEncodedPrompt } from './online-prompts.ts';
import { openOnlineRollouts } from './online-rollouts.ts';
import type { OnlineState } from './online-state.ts';
import { openReward } from './open-reward.ts';
import { requireAnswers } from './require-answers.ts';
import { withScoredCuts } from './scored-cuts.ts';
import { createUpdatePass, type UpdatePass } from './update-pass.ts';

export interface Collected {
  /** `rollouts.num_generations` responses per prompt, in adjacent rows. */
  readonly rollout: Rollout;
  /** One prompt per response. */
  readonly prompts: readonly AskedPrompt[];
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

/** The stages of an online recipe, opened for one run. */
export interface Online {
  readonly models: OnlineModels;
  readonly updateParts: Pick<
    OnlineUpdateParts<never>,
    'policy' | 'critic' | 'trained' | 'temperature' | 'optimizer' | 'microBatchSize' | 'recomputes'
  >;
  collect(state: OnlineState): Collected;
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
async function openPrompts(
  context: OnlineContext,
  { policy }: OnlineModels,
  { reward, judge }: { readonly reward: OpenedReward; readonly judge: OpenedReward | null },
) {
  const { config } = context;
  const data = await loadData(config.data, config.seed, context.emit);
  const { tokenizer, model } = policy;
  const { contextLength } = model.config;
  const { train, heldOut, ledger } = onlineRows(config, data, { tokenizer, contextLength });
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
  reportLedger(context, withScoredCuts(ledger, scored, config.generation.maxNewTokens), contextLength);
  return { prompts: train.map(toEncodedPrompt), fixed: heldOut.map(toEncodedPrompt) };
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

/**
 * Opens models, prompts, reward and judge of an online run. `oldLogprobs`: the method needs π_old from the training
 * forward pass.
 */
export async function openOnlineTrainer(
  context: OnlineContext,
  needs: { readonly oldLogprobs: boolean },
): Promise<Online> {
  const { config, runtime } = context;
  const models = openOnlineModels(context);
  const { policy, critic } = models;
  const base = policy.adapted?.base ?? null;
  const reward = openReward(context, config.reward, 'reward', base);
  const judge = config.judge ? openReward(context, config.judge, 'judge', base) : null;
  const { prompts, fixed } = await openPrompts(context, models, { reward, judge });
  const order = new DataOrder(prompts.length, config.seed);
  const rollouts = openOnlineRollouts(context, models, needs);
  const watch = createStopwatch();
  const trained = [...policy.trained, ...(critic?.trained ?? [])];
  const total = config.updates.totalIterations;
  const collectFixed = () => watch.time('evaluation', () => rollouts.evaluation(fixed));
  const evaluation = createOnlineEvaluation(context, { policy, reward, judge, fixed, collect: collectFixed });
  const evaluate: typeof evaluation = (checkpointer, state) =>
    fixed.length > 0 ? evaluation(checkpointer, state) : { state, isBest: false };
  const look = createOnlineDoctor(context, policy.model.config.contextLength);
  const { numRollouts, numGenerations } = config.rollouts;

  return {
    models,
    updateParts: updatePartsOf(config, models, trained),
    collect(state) {
      const { indices, next } = order.batch(state.cursor, numRollouts / numGenerations);
      const chosen = indices.flatMap((index) => new Array<EncodedPrompt>(numGenerations).fill(prompts[index]!));
      const iteration = state.iteration + 1;
      const rollout = watch.time('rollout', () => rollouts.training(chosen, iteration));
      return { rollout, prompts: chosen.map(({ asked }) => asked), iteration, cursor: next };
    },
    score({ rollout: { responses }, prompts: asked, iteration }, scales) {
      const raw = watch.time('reward', () => reward.score(asked, responses));
      requireFiniteScores('reward', reward, iteration, { prompts: asked, responses, scores: raw });
      const scores = float32(raw, [raw.length]);
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
