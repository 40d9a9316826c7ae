/** A binary min-heap of numbers that reuses its memory. */
export class NumberHeap {
  private items = new Float64Array(64);
  private length = 0;

  get size(): number {
    return this.length;
  }

  clear(): void {
    this.length = 0;
  }

  push(value: number): void {
    if (this.length === this.items.length) this.grow();
    let index = this.length++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.items[parent] as number;
      if (above <= value) break;
      this.items[index] = above;
      index = parent;
    }
    this.items[index] = value;
  }

  /** Removes and returns the smallest number; the heap must not be empty. */
  pop(): number {
    const top = this.items[0] as number;
    const last = this.items[--this.length] as number;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.length) break;
      if (child + 1 < this.length && (this.items[child + 1] as number) < (this.items[child] as number)) child++;
      if ((this.items[child] as number) >= last) break;
      this.items[index] = this.items[child] as number;
      index = child;
    }
    this.items[index] = last;
    return top;
  }

  private grow(): void {
    const larger = new Float64Array(this.items.length * 2);
    larger.set(this.items);
    this.items = larger;
  }
}
