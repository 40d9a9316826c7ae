/** Queues work per device: one at a time, in order of arrival. */
export interface DeviceQueue {
  /** Runs the work when its device is free; `isWanted` is called immediately before. */
  add(device: string, work: () => Promise<void>, isWanted: () => boolean): Promise<void>;
  /** Resolves when nothing is running or waiting. */
  idle(): Promise<void>;
}

export function createDeviceQueue(): DeviceQueue {
  const tails = new Map<string, Promise<void>>();
  return {
    add(device, work, isWanted) {
      const before = tails.get(device) ?? Promise.resolve();
      const mine = before.then(() => (isWanted() ? work() : undefined));
      // Failed work must not block the next; its caller gets the error from `mine`.
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
