import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLineage } from '../../../src-main/runs/archive/lineage.ts';
import { insertExport } from '../../../src-main/store/queries/exports.ts';
import { CONFIG, fakeHost, temporaryHome, watchAll } from '../fake-host.ts';

test('leads from data over runs and what they made to exports, whichever of the runs is asked for', async () => {
  const home = temporaryHome();
  const host = fakeHost({ steps: 1 }, home);
  const { store } = host.setup;
  const first = host.start({ config: CONFIG, baseFolder: home });
  await watchAll(host, first.id);
  const child = host.start({ config: CONFIG.replace('some/model', `run:${first.id}/policy`), baseFolder: home });
  await watchAll(host, child.id);
  const row = { what: 'policy', tag: 'last', folder: join(home, 'out'), detail: {}, at: 1 };
  insertExport(store.write, child.number, row);

  const lineage = readLineage(store.read, host.find(child.id));
  const edges = lineage.edges.map(({ from, to, role }) => [from, to, role]);
  expect(edges).toEqual(
    expect.arrayContaining([
      ['data:ab', first.id, 'data.files'],
      [`model:${join(home, 'some/model')}`, first.id, 'model'],
      [first.id, `${first.id}/policy@last`, ''],
      [`${first.id}/policy@last`, child.id, 'model'],
      ['data:ab', child.id, 'data.files'],
      [child.id, `${child.id}/policy@last`, ''],
      [`${child.id}/policy@last`, 'export:1', ''],
    ]),
  );
  expect(edges).toHaveLength(7);
  const kinds = lineage.nodes.map(({ kind }) => kind).sort();
  expect(kinds).toEqual(['artifact', 'artifact', 'dataset', 'export', 'model', 'run', 'run']);
  expect(readLineage(store.read, host.find(first.id)).edges).toHaveLength(7);

  rmSync(first.folder, { recursive: true });
  const missing = readLineage(store.read, host.find(child.id)).nodes.filter(({ isMissing }) => isMissing);
  expect(missing.map(({ id }) => id)).toContain(first.id);
});

test('starts at the starting policy, also where its folder has the name that the critic has a word for', async () => {
  const home = temporaryHome();
  const host = fakeHost({ steps: 1 }, home);
  const run = host.start({ config: CONFIG.replace('some/model', 'policy'), baseFolder: home });
  await watchAll(host, run.id);
  const { nodes, edges } = readLineage(host.setup.store.read, host.find(run.id));
  expect(nodes.find(({ kind }) => kind === 'model')).toMatchObject({ label: 'policy', path: join(home, 'policy') });
  expect(edges).toContainEqual({ from: `model:${join(home, 'policy')}`, to: run.id, role: 'model' });
});
