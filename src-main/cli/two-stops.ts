import { ONE_STOP_MILLISECONDS } from '#contract/count-stops.ts';
import type { Shell } from './shell.ts';

/**
 * Calls back for the first stop request and for a second one, which a remark announces as soon as it would count; a
 * third one ends the process. Returns a function that stops listening.
 */
export function onTwoStops(shell: Shell, stop: (isSecond: boolean) => void): () => void {
  let asked = 0;
  let hint: NodeJS.Timeout | undefined;
  const tell = () => shell.remark('Press Ctrl-C again to stop immediately, without a checkpoint.\n');
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
