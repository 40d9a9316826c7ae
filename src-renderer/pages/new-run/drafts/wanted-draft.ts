import type { LocationQuery } from 'vue-router';
import type { useNewRun } from '../use-new-run.ts';
import { configForDataset, configForModel, configForReward } from './begun-config.ts';
import type { DraftContent } from './draft-content.ts';
import { switchMethod } from './switch-method.ts';

type NewRun = ReturnType<typeof useNewRun>;

/** A run, as opposed to a reference or the path of a model. */
const RUN_ID = /^\d{8}-\d{6}-[a-z0-9-]+$/;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/**
 * The draft that an address asks for: like a run (`like`), on a dataset (`dataset`), of a model (`model`), or against a
 * reward model (`reward`: a run or a model); each with another method if `recipe` names one. Null if it asks for none.
 */
export async function wantedDraft(query: LocationQuery, newRun: NewRun, home: string): Promise<DraftContent | null> {
  const [like, dataset, model, reward, recipe] = ['like', 'dataset', 'model', 'reward', 'recipe'].map((name) =>
    textOf(query[name]),
  ) as [string | null, string | null, string | null, string | null, string | null];
  const inFolder = (text: string, folder: string) => ({ text, baseFolder: folder === home ? null : folder });
  if (like !== null) {
    const { text, baseFolder } = await newRun.configOf(like);
    return inFolder(recipe === null ? text : switchMethod(text, recipe).text, baseFolder);
  }
  if (reward !== null && !RUN_ID.test(reward)) return inFolder(configForReward(reward, null, recipe), home);
  if (reward !== null) {
    const { model: start, baseFolder } = await newRun.startOf(reward);
    return inFolder(configForReward(`run:${reward}/reward_model`, start, recipe), baseFolder);
  }
  if (dataset !== null) return inFolder(configForDataset(await newRun.datasetOf(Number(dataset)), recipe), home);
  if (model !== null) return inFolder(configForModel(model, recipe), home);
  return null;
}
