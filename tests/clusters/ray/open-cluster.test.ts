import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../../../src-main/cli/run-cli.ts';
import { listClusters } from '../../../src-main/clusters/registry.ts';
import { newHome, removeHome } from './cluster-desk.ts';
import { freePort, type RayCluster, startRay } from './ray-cluster.ts';

let ray: RayCluster;
let home = '';

beforeAll(async () => {
  ray = await startRay(1, { wantsToken: false });
  home = newHome();
});

afterAll(() => {
  ray?.stop();
  removeHome(home);
});

async function keel(...args: readonly string[]) {
  let said = '';
  const hear = (text: string) => {
    said += `${text}\n`;
  };
  const code = await runCli(args, {
    home,
    folder: home,
    environment: {},
    print: hear,
    remark: hear,
    isTerminal: false,
    stdio: { input: process.stdin, output: process.stdout },
    onInterrupt: () => () => undefined,
  });
  return { code, said };
}

test('a cluster that anyone can use is refused, with the commands that mend it', async () => {
  const { code, said } = await keel('cluster', 'add', 'lab', ray.url, '--token-file', ray.tokenFile);
  expect(code).toBe(1);
  expect(said).toContain('answers without a token');
  expect(said).toContain('export RAY_AUTH_MODE=token');
  expect(said).not.toContain(ray.token);
  expect(listClusters(home)).toEqual([]);
});

test('a cluster that does not answer is refused, with the tunnel to it', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { code, said } = await keel('cluster', 'add', 'lab', url, '--token-file', ray.tokenFile);
  expect([code, listClusters(home)]).toEqual([1, []]);
  expect(said).toContain('does not answer');
  expect(said).toContain('ssh -N -L 8265:127.0.0.1:8265');
});
