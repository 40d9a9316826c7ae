/** Work on one device, one after the other, in the order of arrival. */
export interface DeviceQueue {
  /** Runs the work when its device is free; `isWanted` is asked right before. */
  add(device: string, work: () => Promise<void>, isWanted: () => boolean): Promise<void>;
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>;
}

export function createDeviceQueue(): DeviceQueue {
  const tails = new Map<string, Promise<void>>();
  return {
    add(device, work, isWanted) {
      const before = tails.get(device) ?? Promise.resolve();
      const mine = before.then(() => (isWanted() ? work() : undefined));
      // A failed piece of work must not hold up the next; its caller gets the failure from `mine`.
      tails.set(
        device,
        mine.catch(() => undefined),
      );
      return mine;
    },
    async idle() {
      for (let seen = -1; seen !== tails.size; ) {
        seen = tails.size;
        await Promise.all(tails.values());
      }
    },
  };
}
