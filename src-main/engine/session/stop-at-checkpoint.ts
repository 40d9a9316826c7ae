/** Unwinds a recipe after it was asked to stop; its newest checkpoint stands at `step`. */
export class StopAtCheckpoint extends Error {
  readonly step: number | null;

  constructor(step: number | null) {
    super('stopped as asked');
    this.name = 'StopAtCheckpoint';
    this.step = step;
  }
}
