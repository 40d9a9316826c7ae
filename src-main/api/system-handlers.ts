import { whatFits } from '#contract/memory/what-fits.ts';
import { readDiskUse } from '../runs/archive/disk-use.ts';
import { readAbout, readLicenseText } from '../runs/diagnostics/about.ts';
import { readEngineState } from '../runs/diagnostics/engine-state.ts';
import { installEngine } from '../runs/diagnostics/install-engine.ts';
import { checkSystem } from '../runs/diagnostics/system-check.ts';
import { createLoadMeter } from '../runs/diagnostics/system-load.ts';
import { backgroundJob } from '../runs/host/background-job.ts';
import { THIS_MACHINE } from '../runs/preflight/machine.ts';
import { base } from './base.ts';
import { typedStream } from './error-boundary.ts';

const { system } = base;
const readLoad = createLoadMeter();

export const systemHandlers = {
  host: system.host.handler(({ context: { host } }) => ({
    home: host.setup.home,
    pid: process.pid,
    since: host.openedAt,
    activeRuns: [...host.activeRuns()],
  })),
  check: system.check.handler(({ context: { host } }) => checkSystem({ home: host.setup.home })),
  fits: system.fits.handler(() => whatFits(THIS_MACHINE.availableMemory())),
  engine: system.engine.handler(({ context: { host } }) => readEngineState(host.setup.home, process.env)),
  installEngine: system.installEngine.handler(async function* ({ input, context: { host }, signal }) {
    const { home, clock } = host.setup;
    const work = backgroundJob(
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
  load: system.load.handler(() => readLoad()),
  about: system.about.handler(() => readAbout()),
  licenseText: system.licenseText.handler(({ input }) => readLicenseText(input.name)),
};
