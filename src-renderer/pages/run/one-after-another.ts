import { shallowRef } from 'vue';

/**
 * Runs actions one at a time, in the order requested: a key pressed while the host is busy with the previous action is
 * not lost. A repeated request for a pending action is ignored.
 */
export function oneAfterAnother() {
  /** Names of the requested actions that are not done. */
  const asked = shallowRef<readonly string[]>([]);
  let last: Promise<unknown> = Promise.resolve();

  /** Resolves to true if this call ran the work and the work succeeded. The work must not throw. */
  async function inTurn(name: string, work: () => Promise<boolean>): Promise<boolean> {
    if (asked.value.includes(name)) return false;
    asked.value = [...asked.value, name];
    const done = last.then(work);
    last = done;
    const isDone = await done;
    asked.value = asked.value.filter((one) => one !== name);
    return isDone;
  }

  return { asked, inTurn };
}
