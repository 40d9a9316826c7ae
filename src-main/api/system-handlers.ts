import { readAbout, readLicenseText } from '../runs/diagnostics/about.ts';
import { examine } from '../runs/diagnostics/doctor.ts';
import { readEngineState } from '../runs/diagnostics/engine-state.ts';
import { installEngine } from '../runs/diagnostics/install-engine.ts';
import { hostWork } from '../runs/host/host-work.ts';
import { readDiskUse } from '../runs/keeping/disk-use.ts';
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
