import { checkCluster } from '../clusters/check-cluster.ts';
import {
  addressOf,
  draftCluster,
  findCluster,
  listClusters,
  removeCluster,
  saveCluster,
  typedToken,
} from '../clusters/registry.ts';
import { base } from './base.ts';

const { clusters } = base;

export const clusterHandlers = {
  list: clusters.list.handler(({ context: { host } }) => [...listClusters(host.setup.home)]),
  add: clusters.add.handler(async ({ input: { name, url, token }, context: { host } }) => {
    const { home } = host.setup;
    const draft = draftCluster(home, { name, url, force: false }, typedToken(token));
    const check = await checkCluster(draft.cluster, draft.address);
    saveCluster(home, draft);
    return check;
  }),
  remove: clusters.remove.handler(({ input: { name }, context: { host } }) => {
    removeCluster(host.setup.home, name);
    return [...listClusters(host.setup.home)];
  }),
  check: clusters.check.handler(({ input: { name }, context: { host } }) => {
    const { home } = host.setup;
    return checkCluster(findCluster(home, name), addressOf(home, name));
  }),
};
