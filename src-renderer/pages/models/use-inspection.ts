import { shallowRef } from 'vue';
import { type Inspection, inspectionSchema } from '#contract/api/library/model-library.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useTask } from '../../state/use-task.ts';

/** Inspects a model: every tensor, the tokenizer, and the chat template. */
export function useInspection(reference: string) {
  const connection = useConnection();
  const task = useTask();
  const inspection = shallowRef<Inspection | null>(null);

  async function inspect(): Promise<void> {
    const { home } = await (await connection.api()).system.host();
    const asked = { folder: home, model: reference };
    const result = await task.start((client, signal) => client.models.inspect(asked, { signal }));
    if (result !== null) inspection.value = inspectionSchema.parse(result);
  }

  return { task, inspection, inspect };
}
