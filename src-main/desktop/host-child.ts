import { spawn } from 'node:child_process';
import { type FromHost, fromHostSchema, type ToHost } from './desktop-protocol.ts';

/** The host process as seen by the app. */
export interface HostChild {
  send(message: ToHost): void;
  onMessage(listener: (message: FromHost) => void): void;
  onExit(listener: (code: number | null) => void): void;
}

export interface HostProgram {
  /** A real Node executable. */
  readonly node: string;
  /** The host's entry point. */
  readonly entry: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Removes variables that Electron sets for its own processes and that would change how a child process starts. */
function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { ELECTRON_RUN_AS_NODE: _run, NODE_OPTIONS: _options, ...rest } = environment;
  return rest;
}

/** Starts the host. If the app crashes, the host keeps running to complete its runs. */
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
      // A host that has exited is reported through `onExit`.
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
