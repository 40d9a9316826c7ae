import { type AdapterFiles, openAdapterFiles } from '../../model/adapters/adapter-files.ts';
import type { ModelConfig } from '../../model/config/model-config.ts';

/** What an adapter folder says of itself: the names of tensors that it holds whole, and how its responses end. */
export function inspectAdapter(
  folder: string,
  config: ModelConfig,
): Pick<AdapterFiles, 'ownNames' | 'responseEnds' | 'settings'> {
  const files = openAdapterFiles(folder, config);
  files.close();
  return files;
}
