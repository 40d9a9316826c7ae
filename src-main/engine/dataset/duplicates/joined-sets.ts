/** Sets of numbers that were joined (union-find). */
export class JoinedSets {
  private readonly parents: number[];

  constructor(count: number) {
    this.parents = Array.from({ length: count }, (_, index) => index);
  }

  /** The smallest number in the set of a number. */
  find(index: number): number {
    let root = index;
    while (this.parents[root] !== root) root = this.parents[root] as number;
    let current = index;
    while (current !== root) {
      const above = this.parents[current] as number;
      this.parents[current] = root;
      current = above;
    }
    return root;
  }

  join(a: number, b: number): void {
    this.parents[Math.max(this.find(a), this.find(b))] = Math.min(this.find(a), this.find(b));
  }
}
