import { shallowRef } from 'vue';
import { useConnection } from '../../../state/use-connection.ts';

/** A model from an earlier run, as referenced in a config. */
export interface MadeModel {
  /** `run:<id>/policy` */
  readonly reference: string;
  readonly run: string;
  readonly kind: string;
}

const LATEST = 50;

/** Models from earlier runs, newest first. */
export function useMadeModels() {
  const connection = useConnection();
  const models = shallowRef<readonly MadeModel[]>([]);

  async function load(): Promise<void> {
    const client = await connection.api();
    const runs = await client.runs.list({ limit: LATEST });
    const details = await Promise.all(
      runs.filter(({ state }) => state === 'finished').map(({ id }) => client.runs.get({ run: id })),
    );
    models.value = details.flatMap(({ id, name, artifacts }) => {
      const kinds = [...new Set(artifacts.map(({ kind }) => kind))].filter((kind) => kind !== 'export');
      return kinds.map((kind) => ({ reference: `run:${id}/${kind}`, run: name, kind }));
    });
  }

  return { models, load };
}
