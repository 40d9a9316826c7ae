import type { Dataset } from '#contract/api/library/dataset-library.ts';
import type { Model } from '#contract/api/library/model-library.ts';
import type { RunLine } from '#contract/api/runs/overview.ts';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { readsType } from '#contract/dataset-uses.ts';
import { recipeFacts } from '#contract/page-facts.ts';
import { findFacts } from '#contract/page-words.ts';
import { answersPrompts } from '../models/model-words.ts';

/** A link from an object to what one does with it next; its address carries the object along. */
export interface NextStep {
  readonly label: string;
  readonly to: string;
}

const newRun = (query: Readonly<Record<string, string>>) => `/runs/new?${new URLSearchParams(query)}`;
const online = recipeFacts.filter(({ kind }) => kind === 'online');

/** A run of each method that reads the dataset. */
export function datasetSteps({ id, summary }: Pick<Dataset, 'id' | 'summary'>): readonly NextStep[] {
  if (summary === null) return [];
  return recipeFacts
    .filter(({ data }) => readsType(data, summary.type))
    .map(({ name, title }) => ({ label: title, to: newRun({ dataset: String(id), recipe: name }) }));
}

/** A run of each method that trains the model; a reward model leads to its certificate and to a policy. */
export function modelSteps(model: Pick<Model, 'kind' | 'run' | 'reference' | 'source'>): readonly NextStep[] {
  const { kind, run, reference, source } = model;
  if (kind === 'reward_model') {
    const certificate = run === null ? [] : [{ label: 'Certificate', to: `/reward-models/${run}` }];
    return [...certificate, { label: 'Align a policy with it', to: newRun({ reward: reference }) }];
  }
  if (!answersPrompts(model) || source === 'checkpoint') return [];
  return recipeFacts.map(({ name, title }) => ({ label: title, to: newRun({ model: reference, recipe: name }) }));
}

type Listed = Pick<RunLine, 'id' | 'name' | 'recipe' | 'state' | 'model' | 'dataset' | 'number'>;

/** The newest finished run of another online method on the same model and dataset. */
function rivalOf(run: Listed, runs: readonly Listed[]): Listed | null {
  const isRival = (one: Listed) =>
    one.id !== run.id &&
    one.recipe !== run.recipe &&
    one.state === 'finished' &&
    findFacts(one.recipe)?.kind === 'online' &&
    one.model === run.model &&
    one.dataset === run.dataset;
  return runs.filter(isRival).sort((one, other) => other.number - one.number)[0] ?? null;
}

function policySteps(detail: Pick<RunDetail, 'id' | 'recipe'>, runs: readonly Listed[]): readonly NextStep[] {
  const { id, recipe } = detail;
  const line = runs.find((run) => run.id === id);
  const facts = findFacts(recipe);
  const isOnline = facts?.kind === 'online';
  const other = online.find(({ name, data }) => name !== recipe && data === facts?.data);
  const rival = isOnline && line ? rivalOf(line, runs) : null;
  return [
    { label: 'Try in the playground', to: `/playground?left=run:${id}/policy@last` },
    ...(isOnline && other
      ? [{ label: `Same run with ${other.title}`, to: newRun({ like: id, recipe: other.name }) }]
      : []),
    { label: 'Export', to: `/export/${id}` },
    ...(findFacts(recipe)?.anchor ? [{ label: 'Compare methods', to: `/studies/new?run=${id}` }] : []),
    // Last, because the other runs are read after this one, and nothing may move under the pointer.
    ...(rival ? [{ label: `Compare with ${rival.name}`, to: `/studies?runs=${id},${rival.id}` }] : []),
  ];
}

type Ended = Pick<RunDetail, 'id' | 'recipe' | 'state'> & {
  readonly artifacts: readonly { readonly kind: string }[];
};

/** What one does after a run, by what it has made; a run that ended early is edited and started again. */
export function runSteps(detail: Ended, runs: readonly Listed[]): readonly NextStep[] {
  const { id, state, artifacts } = detail;
  const again = { label: 'Edit and start again', to: newRun({ like: id }) };
  if (state === 'failed' || state === 'interrupted' || state === 'stopped') return [again];
  if (state !== 'finished') return [];
  const kinds = new Set(artifacts.map(({ kind }) => kind));
  return [
    ...(kinds.has('reward_model')
      ? [
          { label: 'Certificate', to: `/reward-models/${id}` },
          { label: 'Align a policy with it', to: newRun({ reward: id }) },
        ]
      : []),
    ...(kinds.has('policy') ? policySteps(detail, runs) : []),
  ];
}

/** The stages of a finished pipeline that have a certificate or a policy, each with its own steps. */
export function pipelineSteps(stages: readonly RunLine[], runs: readonly Listed[]): readonly NextStep[] {
  return stages.flatMap((stage) => {
    const artifacts = (findFacts(stage.recipe)?.artifacts ?? []).map((kind) => ({ kind }));
    return stage.state === 'finished' ? runSteps({ ...stage, artifacts }, runs) : [];
  });
}
