import { useRequest } from '../../../state/use-request.ts';

/** What going back to the last healthy checkpoint of a run would discard. */
export function useRollbackPlan(id: string) {
  return useRequest((client) => client.runs.planRollback({ run: id, step: 'healthy' }));
}
