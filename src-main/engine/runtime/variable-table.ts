import type { FloatHost } from './host-tensor.ts';
import { FORMATS } from './stored/formats.ts';
import { expectStorable, type StoredDtype } from './stored/stored-dtype.ts';
import type { Variables } from './types.ts';

/**
 * The location of one variable's value. `H` is a resource handle on the native backend, a tensor in pure JavaScript;
 * a quantized variable has several, in the order of its format's parts.
 */
export interface VariableSlot<H> {
  readonly name: string;
  readonly shape: readonly number[];
  readonly stored: StoredDtype;
  handles: readonly H[];
  /** Whether a recorded step assigns it: TensorFlow then gives every reader a copy. */
  isCopiedOnRead?: boolean;
  /** Whether a recorded step writes into what it read, which a copy would lose. */
  isUpdatedInPlace?: boolean;
}

/** Creates, writes, reads and frees the value behind a slot. */
export interface VariableStorage<H> {
  create(value: FloatHost, stored: StoredDtype): readonly H[];
  /** Returns the handles to use from now on. */
  write(slot: VariableSlot<H>, value: FloatHost): readonly H[];
  read(slot: VariableSlot<H>): FloatHost;
  free(handle: H): void;
}

/** The named variables of a runtime over one kind of storage. */
export class VariableTable<H> implements Variables {
  readonly #slots = new Map<string, VariableSlot<H>>();
  readonly #storage: VariableStorage<H>;
  readonly #activate: () => void;
  /** Changes whenever a handle changes: holders of handles must fetch them again. */
  generation = 0;
  /** Called before variables are removed. */
  onRemove: () => void = () => {};

  constructor(storage: VariableStorage<H>, activate: () => void) {
    this.#storage = storage;
    this.#activate = activate;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Bytes of all values. */
  get bytes(): number {
    return this.names().reduce((sum, name) => sum + this.bytesOf(name), 0);
  }

  slot(name: string): VariableSlot<H> {
    const found = this.#slots.get(name);
    if (!found) throw new Error(`There is no variable named ${name}.`);
    return found;
  }

  create(name: string, value: FloatHost, stored: StoredDtype = 'float32'): void {
    if (this.#slots.has(name)) throw new Error(`The variable ${name} already exists.`);
    expectStorable(name, value.data, stored);
    this.#activate();
    this.#slots.set(name, { name, shape: [...value.shape], stored, handles: this.#storage.create(value, stored) });
  }

  assign(name: string, value: FloatHost): void {
    const slot = this.slot(name);
    if (slot.shape.join() !== value.shape.join()) {
      throw new Error(
        `${name} has shape [${slot.shape.join(', ')}], but the value has shape [${value.shape.join(', ')}].`,
      );
    }
    expectStorable(name, value.data, slot.stored);
    this.#activate();
    slot.handles = this.#storage.write(slot, value);
  }

  read(name: string): FloatHost {
    const slot = this.slot(name);
    this.#activate();
    return this.#storage.read(slot);
  }

  shape(name: string): readonly number[] {
    return this.slot(name).shape;
  }

  bytesOf(name: string): number {
    const { shape, stored } = this.slot(name);
    return FORMATS[stored].bytes(shape);
  }

  has(name: string): boolean {
    return this.#slots.has(name);
  }

  names(prefix = ''): readonly string[] {
    return [...this.#slots.keys()].filter((name) => name.startsWith(prefix));
  }

  remove(prefix: string): void {
    this.#activate();
    this.onRemove();
    this.generation += 1;
    for (const name of this.names(prefix)) {
      for (const handle of this.slot(name).handles) this.#storage.free(handle);
      this.#slots.delete(name);
    }
  }
}
