/** Work that waits for a device or uses it. */
export interface DeviceWork {
  /** Id of the run. */
  readonly run: string;
  /** Id of the pipeline whose stage the run is; null for a run of its own. */
  readonly holder: string | null;
  readonly work: () => Promise<void>;
  /** Called immediately before the work starts; false drops it. */
  readonly isWanted: () => boolean;
}

/** Queues work per device: one at a time, in order of arrival. */
export interface DeviceQueue {
  /**
   * Runs the work when its device is free. Once work of a holder has started, only work of that holder runs until
   * {@link DeviceQueue.release}: nothing starts between the stages of a pipeline.
   */
  add(device: string, work: DeviceWork): Promise<void>;
  release(holder: string): void;
  /** Runs that wait for their device, those of each in the order in which they will start. */
  waiting(): readonly string[];
  /** Places a waiting run before another one of its device, or last for null. */
  move(run: string, before: string | null): void;
  /** Resolves when nothing is running or waiting. */
  idle(): Promise<void>;
}

interface Entry extends DeviceWork {
  readonly settle: (ended: Promise<void>) => void;
}

interface Device {
  waiting: Entry[];
  isBusy: boolean;
  holder: string | null;
}

/** The holder's work comes first; while there is a holder, nothing else may start. */
function takeNext(device: Device): Entry | undefined {
  const at = device.waiting.findIndex(({ holder }) => device.holder === null || holder === device.holder);
  return at < 0 ? undefined : device.waiting.splice(at, 1)[0];
}

/** Starts what may start; calls back after each end. */
function pump(device: Device, onEnd: () => void): void {
  while (!device.isBusy) {
    const next = takeNext(device);
    if (!next) return;
    if (!next.isWanted()) {
      next.settle(Promise.resolve());
      continue;
    }
    device.isBusy = true;
    device.holder = next.holder;
    const ended = next.work();
    next.settle(ended);
    // Failed work must not block the next; its caller gets the error.
    void ended
      .catch(() => undefined)
      .then(() => {
        device.isBusy = false;
        onEnd();
      });
  }
}

export function createDeviceQueue(): DeviceQueue {
  const devices = new Map<string, Device>();
  let wakeIdle: (() => void)[] = [];
  const deviceOf = (name: string): Device => {
    const known = devices.get(name) ?? { waiting: [], isBusy: false, holder: null };
    devices.set(name, known);
    return known;
  };
  const isIdle = () => [...devices.values()].every(({ isBusy, waiting }) => !isBusy && waiting.length === 0);
  const start = (device: Device): void => {
    pump(device, () => start(device));
    if (!isIdle()) return;
    for (const wake of wakeIdle) wake();
    wakeIdle = [];
  };
  return {
    add(name, work) {
      const device = deviceOf(name);
      return new Promise<void>((resolve) => {
        device.waiting.push({ ...work, settle: resolve });
        // In a turn of its own, as before a wait for a device that is in use.
        queueMicrotask(() => start(device));
      });
    },
    release(holder) {
      for (const device of devices.values()) {
        if (device.holder !== holder) continue;
        device.holder = null;
        start(device);
      }
    },
    waiting: () => [...devices.values()].flatMap(({ waiting }) => waiting.map(({ run }) => run)),
    move(run, before) {
      const device = [...devices.values()].find(({ waiting }) => waiting.some((entry) => entry.run === run));
      const moved = device?.waiting.find((entry) => entry.run === run);
      if (!device || !moved) return;
      const others = device.waiting.filter((entry) => entry !== moved);
      const at = before === null ? -1 : others.findIndex((entry) => entry.run === before);
      device.waiting = others.toSpliced(at < 0 ? others.length : at, 0, moved);
    },
    idle: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => wakeIdle.push(resolve))),
  };
}
