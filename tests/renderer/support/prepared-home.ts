import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { fakeHost, temporaryHome } from '../../runs/fake-host.ts';

/** A data folder with runs in its store, written through the store's own queries, before the app opens it. */
export async function prepareHome<Filled>(
  fill: (host: RunHost) => Filled,
): Promise<{ readonly home: string; readonly filled: Filled }> {
  const home = temporaryHome();
  const host = fakeHost({}, home);
  const filled = fill(host);
  await host.idle();
  host.setup.store.close();
  return { home, filled };
}
