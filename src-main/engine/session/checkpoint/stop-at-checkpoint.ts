/** Unwinds a recipe after a stop request. */
export class StopAtCheckpoint extends Error {
  constructor() {
    super('stopped on request');
    this.name = 'StopAtCheckpoint';
  }
}
