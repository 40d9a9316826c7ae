import { resolve } from 'node:path';
import type { ClusterCheck } from '#contract/api/clusters.ts';
import { checkCluster } from '../../clusters/check-cluster.ts';
import {
  addressOf,
  draftCluster,
  findCluster,
  listClusters,
  removeCluster,
  saveCluster,
} from '../../clusters/registry.ts';
import { type AddCommand, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';

interface AddFlags {
  readonly tokenFile?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const amount = (free: number | null, all: number) => (free === null ? `${all}` : `${free} of ${all}`);

function renderCheck({ name, url, rayVersion, latencyMilliseconds, nodes }: ClusterCheck): readonly string[] {
  return [
    `${name}: Ray ${rayVersion} at ${url}, answers in ${Math.round(latencyMilliseconds)} ms and wants its token`,
    ...nodes.map(({ address, isHead, cpus, gpus, freeCpus, freeGpus }) => {
      const role = isHead ? ' (head)' : '';
      return `  ${address}${role}: ${amount(freeCpus, cpus)} CPUs free, ${amount(freeGpus, gpus)} GPUs free`;
    }),
  ];
}

/** `keel cluster`: the Ray clusters that runs can be handed to. */
export const addCluster: AddCommand = (program, { shell }) => {
  const { home } = shell;
  const show = (check: ClusterCheck, isJson = false) => {
    if (isJson) shell.print(jsonLine(check));
    else for (const line of renderCheck(check)) shell.print(line);
  };
  const group = program.command('cluster').description('Ray clusters that runs can be handed to (docs/cluster.md)');
  group
    .command('add')
    .description('add a cluster that answers, and that nobody can use without its token')
    .argument('<name>', 'name for --on')
    .argument('<url>', 'address of its dashboard, such as http://127.0.0.1:8265')
    .option('--token-file <file>', 'file with its token; by default, where Ray looks for it')
    .option('--force', 'replace a cluster of this name')
    .option(...JSON_OPTION)
    .action(async (name: string, url: string, { tokenFile, force = false, json }: AddFlags) => {
      const source = {
        file: tokenFile === undefined ? null : resolve(shell.folder, tokenFile),
        environment: shell.environment,
      };
      const draft = draftCluster(home, { name, url, force }, source);
      const check = await checkCluster(draft.cluster, draft.address);
      saveCluster(home, draft);
      show(check, json);
    });
  group
    .command('list')
    .description('list the clusters')
    .option(...JSON_OPTION)
    .action(({ json }: { readonly json?: boolean }) => {
      const all = listClusters(home);
      if (json) shell.print(jsonLine(all));
      else for (const { name, url } of all) shell.print(`${name}  ${url}`);
      if (!json && all.length === 0) shell.print('No clusters. Add one: keel cluster add NAME URL');
    });
  group
    .command('check')
    .description('ask a cluster for its version, nodes, and free processors')
    .argument('<name>', 'name of the cluster')
    .option(...JSON_OPTION)
    .action(async (name: string, { json }: { readonly json?: boolean }) => {
      show(await checkCluster(findCluster(home, name), addressOf(home, name)), json);
    });
  group
    .command('remove')
    .description('remove a cluster from the list; its runs stay')
    .argument('<name>', 'name of the cluster')
    .action((name: string) => {
      removeCluster(home, name);
      shell.print(`Removed ${name}.`);
    });
};
