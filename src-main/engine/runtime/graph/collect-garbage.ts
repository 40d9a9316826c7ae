import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

let collect: Collect | null = null;

/** From this number of nodes, what a recording leaves behind is worth a collection, which takes about 0.1 s. */
const MANY_NODES = 4000;

/**
 * Returns the memory of a graph's recording to the system. Without it, the garbage of several large graphs is still
 * there when the largest one runs for the first time, which is when a process needs most memory.
 */
export function collectRecording(nodes: number): void {
  if (nodes < MANY_NODES) return;
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  // The heap shrinks only if nothing was allocated between two collections.
  for (let time = 0; time < 2; time++) collect({ type: 'major', flavor: 'last-resort' });
}
