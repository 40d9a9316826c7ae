import { checkCluster } from '../clusters/check-cluster.ts';
import { addressOf, findCluster, listClusters } from '../clusters/registry.ts';
import { base } from './base.ts';

const { clusters } = base;

export const clusterHandlers = {
  list: clusters.list.handler(({ context: { host } }) => [...listClusters(host.setup.home)]),
  check: clusters.check.handler(({ input: { name }, context: { host } }) => {
    const { home } = host.setup;
    return checkCluster(findCluster(home, name), addressOf(home, name));
  }),
};
