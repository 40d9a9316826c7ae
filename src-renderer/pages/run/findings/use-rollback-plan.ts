import { useRequest } from '../../../state/use-request.ts';

/** What rolling back to the run's last healthy checkpoint would discard. */
export function useRollbackPlan(id: string) {
  return useRequest((client) => client.runs.planRollback({ run: id, step: 'healthy' }));
}
