import { defineStore } from 'pinia';
import type { RatingSession } from '#contract/api/library/ratings.ts';
import type { MethodPlan, RunStep } from '#contract/api/runs/studies.ts';
import type { Study } from '#contract/api/runs/study.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useRequest } from '../../state/use-request.ts';
import { useToasts } from '../../state/use-toasts.ts';

/** Studies and blind ratings in the data folder, and the actions on them. */
export const useStudies = defineStore('studies', () => {
  const connection = useConnection();
  const toasts = useToasts();
  const studies = useRequest((client) => client.studies.list());
  const sessions = useRequest((client) => client.ratings.list());

  async function refresh(): Promise<void> {
    await Promise.all([studies.load(), sessions.load()]);
  }

  /** Runs an action and reloads the lists; on failure shows the error and returns null. */
  async function act<Answer>(work: (client: ApiClient) => Promise<Answer>): Promise<Answer | null> {
    try {
      const answer = await work(await connection.api());
      void refresh();
      return answer;
    } catch (caught) {
      toasts.fail(pageError(caught));
      return null;
    }
  }

  const create = (name: string, runs: readonly string[]) =>
    act((client) => client.studies.create({ name, runs: [...runs], notes: '' }));
  const save = (id: number, changed: { readonly name?: string; readonly notes?: string }) =>
    act((client) => client.studies.update({ id, ...changed }));

  async function remove({ id, name, notes, runs }: Study): Promise<void> {
    if (!(await act((client) => client.studies.remove({ id })))) return;
    toasts.offerUndo(`The study “${name}” was removed; its runs are kept.`, () => {
      void act((client) => client.studies.create({ name, notes, runs: [...runs] }));
    });
  }

  const planMethods = (run: string) => act((client) => client.studies.planMethods({ run }));
  const startMethods = (run: string, plan: Pick<MethodPlan, 'lambda' | 'klCoef'>) =>
    act((client) => client.studies.startMethods({ run, lambda: plan.lambda, klCoef: plan.klCoef }));
  const startSeeds = (run: string, seeds: readonly number[]) =>
    act((client) => client.studies.startSeeds({ run, seeds: [...seeds] }));
  const startRating = (sides: readonly RunStep[], seed: number): Promise<RatingSession | null> =>
    act((client) => client.ratings.start({ sides: [...sides], seed }));

  return {
    studies: studies.answer,
    sessions: sessions.answer,
    error: studies.error,
    refresh,
    create,
    save,
    remove,
    planMethods,
    startMethods,
    startSeeds,
    startRating,
  };
});
