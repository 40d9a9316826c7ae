import { ONE_STOP_MILLISECONDS } from '#contract/count-stops.ts';
import type { Shell } from './shell.ts';

/**
 * Calls back at the first request to end and at a second one, which a remark announces as soon as it would count; a third
 * one ends the process. Gives a function that ends the listening.
 */
export function onTwoStops(shell: Shell, stop: (isSecond: boolean) => void): () => void {
  let asked = 0;
  let hint: NodeJS.Timeout | undefined;
  const tell = () => shell.remark('Ctrl-C again ends it at once, without a checkpoint.\n');
  const endListening = shell.onInterrupt(() => {
    asked += 1;
    if (asked === 1) hint = setTimeout(tell, ONE_STOP_MILLISECONDS);
    else end();
    stop(asked > 1);
  });
  const end = () => {
    clearTimeout(hint);
    endListening();
  };
  return end;
}
