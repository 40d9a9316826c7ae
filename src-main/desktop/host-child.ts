import { spawn } from 'node:child_process';
import { type FromHost, fromHostSchema, type ToHost } from './desktop-protocol.ts';

/** The host's process as the app sees it. */
export interface HostChild {
  send(message: ToHost): void;
  onMessage(listener: (message: FromHost) => void): void;
  onExit(listener: (code: number | null) => void): void;
}

export interface HostProgram {
  /** A real Node. */
  readonly node: string;
  /** The host's program. */
  readonly entry: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** What Electron sets for its own processes would turn a child of it into something else. */
function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { ELECTRON_RUN_AS_NODE: _run, NODE_OPTIONS: _options, ...rest } = environment;
  return rest;
}

/** Starts the host. It outlives an app that crashes, to see its runs through. */
export function startHostChild({ node, entry, environment }: HostProgram): HostChild {
  const child = spawn(node, ['--enable-source-maps', entry], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  let isGone = false;
  return {
    send: (message) => {
      // A host that has gone says so by its exit.
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => void child.on('message', (message) => listener(fromHostSchema.parse(message))),
    onExit: (listener) => {
      const leave = (code: number | null) => {
        if (!isGone) listener(code);
        isGone = true;
      };
      child.on('error', () => leave(null));
      child.on('close', leave);
    },
  };
}
