import { readAbout, readLicenseText } from '../runs/about.ts';
import { readDiskUse } from '../runs/disk-use.ts';
import { examine } from '../runs/doctor.ts';
import { readEngineState } from '../runs/engine-state.ts';
import { hostWork } from '../runs/host-work.ts';
import { installEngine } from '../runs/install-engine.ts';
import { base } from './base.ts';
import { typedStream } from './error-boundary.ts';

const { system } = base;

export const systemHandlers = {
  host: system.host.handler(({ context: { host } }) => ({
    home: host.setup.home,
    pid: process.pid,
    since: host.openedAt,
    activeRuns: [...host.activeRuns()],
  })),
  doctor: system.doctor.handler(({ context: { host } }) => examine({ home: host.setup.home })),
  engine: system.engine.handler(({ context: { host } }) => readEngineState(host.setup.home, process.env)),
  installEngine: system.installEngine.handler(async function* ({ input, context: { host }, signal }) {
    const { home, clock } = host.setup;
    const work = hostWork(
      async (desk) => {
        await installEngine({ home, environment: process.env, ...input }, desk);
        return readEngineState(home, process.env);
      },
      clock,
      signal,
    );
    yield* typedStream(work);
  }),
  disk: system.disk.handler(({ context: { host } }) => readDiskUse(host.setup.store, host.setup.home)),
  about: system.about.handler(() => readAbout()),
  licenseText: system.licenseText.handler(({ input }) => readLicenseText(input.name)),
};
