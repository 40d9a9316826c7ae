/** An expected failure of the setup: what went wrong and what to do next. Any other error is a bug. */
export class SetupError extends Error {
  /**
   * @param {string} code stable name of the failure
   * @param {string} why description of what happened
   * @param {string} fix what to do next
   * @param {unknown} [cause]
   */
  constructor(code, why, fix, cause) {
    super(`${why} ${fix}`.trim(), { cause });
    this.name = 'SetupError';
    this.code = code;
    this.why = why;
    this.fix = fix;
  }
}
