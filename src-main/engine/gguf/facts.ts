import { badGguf, unsupportedGguf } from './bad-gguf.ts';
import type { GgufValue } from './header/read-value.ts';
import type { GgufFile } from './open-gguf.ts';

/** Typed access to the metadata of an open file. Keys that start with a dot are those of its architecture. */
export class GgufFacts {
  readonly file: GgufFile;
  readonly architecture: string;

  constructor(file: GgufFile) {
    this.file = file;
    const name = file.metadata.get('general.architecture');
    if (typeof name !== 'string') throw badGguf(file.path, 'general.architecture is missing.');
    this.architecture = name;
  }

  #key(key: string): string {
    return key.startsWith('.') ? this.architecture + key : key;
  }

  value(key: string): GgufValue | undefined {
    return this.file.metadata.get(this.#key(key));
  }

  #wrong(key: string, expected: string) {
    const value = this.value(key);
    if (value === undefined) return badGguf(this.file.path, `the key ${this.#key(key)} is missing.`);
    const shown = Array.isArray(value) ? 'a list' : typeof value === 'string' ? JSON.stringify(value) : String(value);
    return unsupportedGguf(this.file.path, `${this.#key(key)} is ${shown}, not ${expected}.`);
  }

  /** A number; `null` as default allows the key to be absent. */
  number<Default extends number | null>(key: string, absent: Default): number | Default {
    const value = this.value(key);
    if (value === undefined) return absent;
    if (typeof value === 'number') return value;
    throw this.#wrong(key, 'one number');
  }

  requireNumber(key: string): number {
    const value = this.number(key, null);
    if (value === null) throw this.#wrong(key, 'a number');
    return value;
  }

  text(key: string): string | null {
    const value = this.value(key);
    if (value === undefined || typeof value === 'string') return value ?? null;
    throw this.#wrong(key, 'a text');
  }

  flag(key: string, absent: boolean): boolean {
    const value = this.value(key);
    if (value === undefined) return absent;
    if (typeof value === 'boolean') return value;
    throw this.#wrong(key, 'true or false');
  }

  texts(key: string): readonly string[] | null {
    const value = this.value(key);
    if (value === undefined) return null;
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value as readonly string[];
    throw this.#wrong(key, 'a list of texts');
  }

  flags(key: string): readonly boolean[] | null {
    const value = this.value(key);
    if (value === undefined) return null;
    if (Array.isArray(value) && value.every((one) => typeof one === 'boolean')) return value as readonly boolean[];
    throw this.#wrong(key, 'a list of true and false');
  }

  numbers(key: string): readonly number[] | null {
    const value = this.value(key);
    if (value === undefined) return null;
    if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return value as readonly number[];
    throw this.#wrong(key, 'a list of numbers');
  }

  has(tensor: string): boolean {
    return this.file.tensors.has(tensor);
  }

  /** Length of the first axis of a tensor. */
  rows(tensor: string): number {
    const found = this.file.tensors.get(tensor);
    if (!found) throw badGguf(this.file.path, `the tensor ${tensor} is missing.`);
    return found.shape[0] as number;
  }
}
