import { useRequest } from '../../state/use-request.ts';

/** A reward model with its certificate. */
export function useRewardModel(run: string) {
  return useRequest((client) => client.rewardModels.get({ run }));
}
