import { homedir } from 'node:os';
import type { ApiContext } from '../api/base.ts';
import { createCallGate } from '../api/call-gate.ts';
import { createPageAccess } from '../api/path-access.ts';
import { STARTER_FOLDER } from '../runs/host/demo.ts';
import type { RunHost } from '../runs/host/run-host.ts';

/** The context for a page: the same calls as a terminal, but limited to its folders and to a rate of calls. */
export function pageContext(host: RunHost, roots: readonly string[]): ApiContext {
  return {
    host,
    paths: createPageAccess({
      home: host.setup.home,
      userFolder: homedir(),
      extra: roots,
      supplied: [STARTER_FOLDER],
    }),
    calls: createCallGate(host.setup.clock),
    dialogs: null,
  };
}
