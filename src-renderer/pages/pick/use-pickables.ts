import { useDatasets } from '../../state/use-datasets.ts';
import { useModels } from '../../state/use-models.ts';

/** Loads what pickers offer: once when a form opens, and again whenever a picker is opened. */
export function usePickables() {
  const models = useModels();
  const datasets = useDatasets();

  async function load(): Promise<void> {
    await Promise.all([models.refresh(), datasets.refresh(), datasets.loadStarter()]);
  }
  return { models, datasets, load };
}
