import { useRequest } from '../../state/use-request.ts';

/** A reward model with what it proved on held-out pairs. */
export function useRewardModel(run: string) {
  return useRequest((client) => client.rewardModels.get({ run }));
}
