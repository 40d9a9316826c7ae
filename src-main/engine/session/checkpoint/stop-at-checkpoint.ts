/** Unwinds a recipe after it was asked to stop. */
export class StopAtCheckpoint extends Error {
  constructor() {
    super('stopped as asked');
    this.name = 'StopAtCheckpoint';
  }
}
