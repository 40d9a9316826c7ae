/** Everything outside that a command may use; tests pass their own. */
export interface Shell {
  /** The data folder. */
  readonly home: string;
  /** The folder that paths on the command line are relative to. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Entry point of the engine process; tests use another one. */
  readonly engineEntry?: string;
  /** Folder of the built page; tests use another one. */
  readonly pageFolder?: string;
  /** Prints a result: one line on standard output. */
  readonly print: (line: string) => void;
  /** Prints progress and remarks: text on standard error, unchanged. */
  readonly remark: (text: string) => void;
  /** Whether the progress line can be overwritten. */
  readonly isTerminal: boolean;
  /** Standard input and output, for a conversation. */
  readonly stdio: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };
  /** Calls back once for every Ctrl-C or other stop request; returns a function that removes the listener. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** Exit codes of `keel`. */
export const EXIT = { ok: 0, failure: 1, usage: 2, paused: 3, canceled: 130 } as const;
