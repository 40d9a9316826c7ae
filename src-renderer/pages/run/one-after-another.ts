import { shallowRef } from 'vue';

/**
 * Does one thing after the other, in the order in which a person asked: a key that is pressed while the host is busy with
 * the one before is not lost. The same thing again, before it is done, is done once.
 */
export function oneAfterAnother() {
  /** Names of what was asked for and is not done. */
  const asked = shallowRef<readonly string[]>([]);
  let last: Promise<unknown> = Promise.resolve();

  /** True when the work was done now and said so. The work must not throw. */
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
