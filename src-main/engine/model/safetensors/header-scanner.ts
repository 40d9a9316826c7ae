import { KeelError } from '#contract/errors.ts';

/** The error for an invalid safetensors file; `where` names the file and, if known, the tensor. */
export function badSafetensors(where: string, why: string): KeelError {
  return new KeelError({
    code: 'safetensors_invalid',
    why: `${where}: ${why}`,
    fix: 'Download the file again, or save the model again with save_pretrained.',
  });
}

/** Reads the few JSON forms that a safetensors header may contain; anything else is rejected with its position. */
export class HeaderScanner {
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  fail(why: string): KeelError {
    return badSafetensors(this.#file, `${why} (header, character ${this.#at})`);
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  /** Consumes the character if it comes next. */
  accept(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.accept(character)) throw this.fail(`expected ${character}`);
  }

  string(): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.fail('expected a string');
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1;
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw this.fail('a string is malformed');
    }
  }

  /** An integer without sign, fraction or exponent, at most 2^53 - 1. */
  integer(): number {
    this.#skipSpace();
    const pattern = /(?:0|[1-9][0-9]*)(?![0-9.eE+-])/y;
    pattern.lastIndex = this.#at;
    const digits = pattern.exec(this.#text)?.[0];
    if (digits === undefined || !Number.isSafeInteger(Number(digits))) throw this.fail('expected an integer');
    this.#at += digits.length;
    return Number(digits);
  }

  /** `{ "key": value, … }`; keys may not repeat. */
  object(member: (key: string) => void): void {
    const seen = new Set<string>();
    this.expect('{');
    if (this.accept('}')) return;
    do {
      const key = this.string();
      if (seen.has(key)) throw this.fail(`the key ${JSON.stringify(key)} occurs twice`);
      seen.add(key);
      this.expect(':');
      member(key);
    } while (this.accept(','));
    this.expect('}');
  }

  integers(limit: number): number[] {
    const values: number[] = [];
    this.expect('[');
    if (this.accept(']')) return values;
    do {
      if (values.length >= limit) throw this.fail(`more than ${limit} numbers in a list`);
      values.push(this.integer());
    } while (this.accept(','));
    this.expect(']');
    return values;
  }

  /** Only white space may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.fail('text after the end of the header');
  }
}
