/** What a command may use of the outside: tests hand in their own. */
export interface Shell {
  /** The data folder. */
  readonly home: string;
  /** What paths on the command line are relative to. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Program of the engine process; another one in tests. */
  readonly engineEntry?: string;
  /** The built page; another one in tests. */
  readonly pageFolder?: string;
  /** Results: one line of standard output. */
  readonly print: (line: string) => void;
  /** Progress and remarks: text on standard error, as it is. */
  readonly remark: (text: string) => void;
  /** Progress may be drawn over itself. */
  readonly isTerminal: boolean;
  /** Calls back at every Ctrl-C and at every other request to end, once for each; gives a function that ends it. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** Exit codes of `keel`. */
export const EXIT = { ok: 0, failure: 1, usage: 2, canceled: 130 } as const;
