import { BANDS, bandKeys, HASHES, type Signature, signatureOf, similarity } from './text-signature.ts';

/** Share of common three-word runs from which two texts count as the same. */
export const NEAR_DUPLICATE = 0.8;

const MAX_CANDIDATES = 16;

/** Numbers of the texts with one band key: usually a single one, which needs no list. */
type Holders = number | number[];

/** An index of texts that finds near duplicates among earlier ones; about 1 KB per text. */
export class SimilarTexts {
  private count = 0;
  private signatures = new Uint32Array(HASHES * 64);
  private readonly bands = Array.from({ length: BANDS }, () => new Map<number, Holders>());

  get size(): number {
    return this.count;
  }

  /** Numbers of the texts that are near duplicates of this one, ascending. */
  find(text: string): number[] {
    return this.findSignature(signatureOf(text));
  }

  /** Adds a text and returns the numbers of earlier texts that are near duplicates, ascending. */
  add(text: string): number[] {
    const signature = signatureOf(text);
    const similar = this.findSignature(signature);
    const number = this.store(signature);
    bandKeys(signature).forEach((key, band) => {
      this.remember(this.bands[band] as Map<number, Holders>, key, number);
    });
    return similar;
  }

  private findSignature(signature: Signature): number[] {
    const candidates = new Set(bandKeys(signature).flatMap((key, band) => this.bands[band]?.get(key) ?? []));
    return [...candidates].filter((number) => this.isSimilar(signature, number)).sort((a, b) => a - b);
  }

  private isSimilar(signature: Signature, number: number): boolean {
    return similarity(signature, this.signatures, number * HASHES) >= NEAR_DUPLICATE;
  }

  private store(signature: Signature): number {
    const offset = this.count * HASHES;
    if (offset === this.signatures.length) {
      const larger = new Uint32Array(offset * 2);
      larger.set(this.signatures);
      this.signatures = larger;
    }
    this.signatures.set(signature, offset);
    return this.count++;
  }

  /** Keeps only the first numbers of a text that a million rows share, so that the search does not become quadratic. */
  private remember(band: Map<number, Holders>, key: number, number: number): void {
    const known = band.get(key);
    if (known === undefined) band.set(key, number);
    else if (typeof known === 'number') band.set(key, [known, number]);
    else if (known.length < MAX_CANDIDATES) known.push(number);
  }
}
