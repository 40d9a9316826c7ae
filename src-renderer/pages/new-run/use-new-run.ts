import { shallowRef } from 'vue';
import { parse, stringify } from 'yaml';
import type { OnCluster } from '#contract/api/clusters.ts';
import type { Dataset } from '#contract/api/library/dataset-library.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { KeelError } from '#contract/errors.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';

/** Converts a config that a program supplied as JSON to YAML for editing. */
function asYaml(text: string): string {
  return text.trimStart().startsWith('{') ? stringify(parse(text), { lineWidth: 120 }) : text;
}

/** Loads the config for a new run, and starts the run. */
export function useNewRun() {
  const connection = useConnection();
  const isStarting = shallowRef(false);
  const error = shallowRef<KeelError | null>(null);

  /** The config of an earlier run as submitted, and the folder its paths are relative to. */
  async function configOf(run: string): Promise<{ readonly text: string; readonly baseFolder: string }> {
    const { configGiven, baseFolder } = await (await connection.api()).runs.get({ run });
    return { text: asYaml(configGiven), baseFolder };
  }

  /** The model that a run started from, and the folder that a relative path of it is relative to. */
  async function startOf(run: string): Promise<{ readonly model: string | null; readonly baseFolder: string }> {
    const { config, baseFolder } = await (await connection.api()).runs.get({ run });
    return { model: typeof config.model === 'string' ? config.model : null, baseFolder };
  }

  async function datasetOf(dataset: number): Promise<Dataset> {
    return (await connection.api()).datasets.get({ dataset });
  }

  /** The data folder, the default base for relative paths. */
  async function home(): Promise<string> {
    return (await (await connection.api()).system.host()).home;
  }

  /** Starts a run on a cluster, or on this machine for null. */
  async function start(config: string, baseFolder: string, on: OnCluster | null): Promise<Run | null> {
    isStarting.value = true;
    error.value = null;
    try {
      return await (await connection.api()).runs.start({ config, baseFolder, on });
    } catch (caught) {
      error.value = pageError(caught);
      return null;
    } finally {
      isStarting.value = false;
    }
  }

  return { isStarting, error, configOf, startOf, datasetOf, home, start };
}
