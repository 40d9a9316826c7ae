import { bandKeys, type Signature, signatureOf, similarity } from './text-signature.ts';

/** Share of common three-word runs from which two texts count as the same. */
export const NEAR_DUPLICATE = 0.8;

const MAX_CANDIDATES = 16;

/** An index of texts that finds earlier ones that are nearly the same. */
export class SimilarTexts {
  private readonly signatures: Signature[] = [];
  private readonly byBand = new Map<number, number[]>();

  get size(): number {
    return this.signatures.length;
  }

  /** Adds a text and gives the numbers of earlier texts that are nearly the same. */
  add(text: string): number[] {
    const signature = signatureOf(text);
    const keys = bandKeys(signature);
    const candidates = new Set(keys.flatMap((key) => this.byBand.get(key) ?? []));
    const similar = [...candidates].filter((index) => this.similar(signature, index));
    const number = this.signatures.push(signature) - 1;
    for (const key of keys) this.remember(key, number);
    return similar;
  }

  /** True when two added texts are nearly the same. */
  areSimilar(a: number, b: number): boolean {
    return this.similar(this.signatures[a] as Signature, b);
  }

  private similar(signature: Signature, index: number): boolean {
    return similarity(signature, this.signatures[index] as Signature) >= NEAR_DUPLICATE;
  }

  /** A text that a million rows share must not make the search quadratic: its first numbers stand for all. */
  private remember(key: number, number: number): void {
    const known = this.byBand.get(key);
    if (known === undefined) this.byBand.set(key, [number]);
    else if (known.length < MAX_CANDIDATES) known.push(number);
  }
}
