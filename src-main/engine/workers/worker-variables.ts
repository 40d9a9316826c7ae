import { KeelError } from '#contract/errors.ts';
import { type FloatHost, float32, sizeOf } from '../runtime/host-tensor.ts';
import { expectStorable, type StoredDtype } from '../runtime/stored/stored-dtype.ts';
import type { Variables } from '../runtime/types.ts';
import { floatsOf, toBase64 } from './arrays.ts';
import type { Channel } from './channel.ts';

/** Numbers that are sent at once: 8 MB. */
const AT_ONCE = 2 ** 21;

const BYTES: Partial<Record<StoredDtype, number>> = { float32: 4, float16: 2, bfloat16: 2 };

interface Known {
  readonly shape: readonly number[];
  readonly stored: StoredDtype;
}

function requireStored(name: string, stored: StoredDtype): void {
  if (stored in BYTES) return;
  throw new KeelError({
    code: 'workers_unsupported',
    why: `${name} would be stored as ${stored}, which workers do not do.`,
    fix: 'Set engine.frozen_dtype (with an adapter, engine.base_dtype) to float32, float16, or bfloat16.',
  });
}

function send(channel: Channel, name: string, data: Float32Array): void {
  for (let start = 0; start < data.length; start += AT_ONCE) {
    const part = data.subarray(start, start + AT_ONCE);
    channel.ask({ kind: 'write', name, start, data: toBase64(part) }, 'done');
  }
}

/** Variables whose rows are divided among workers; this process knows their names and shapes alone. */
export function workerVariables(channel: Channel): Variables {
  const known = new Map<string, Known>();
  const of = (name: string): Known => {
    const found = known.get(name);
    if (!found) throw new Error(`There is no variable ${name}.`);
    return found;
  };
  return {
    create(name, { data, shape }: FloatHost, stored = 'float32') {
      if (known.has(name)) throw new Error(`The variable ${name} exists already.`);
      requireStored(name, stored);
      expectStorable(name, data, stored);
      const isZero = data.every((value) => Object.is(value, 0));
      const isWhole = !isZero && data.length <= AT_ONCE;
      channel.ask({ kind: 'create', name, shape, stored, ...(isWhole && { data: toBase64(data) }) }, 'done');
      known.set(name, { shape: [...shape], stored });
      if (!isZero && !isWhole) send(channel, name, data);
    },
    assign(name, { data, shape }) {
      if (shape.join() !== of(name).shape.join()) throw new Error(`The variable ${name} has another shape.`);
      send(channel, name, data);
    },
    read(name) {
      const { shape } = of(name);
      const count = sizeOf(shape);
      const data = new Float32Array(count);
      for (let start = 0; start < count; start += AT_ONCE) {
        const part = channel.ask({ kind: 'read', name, start, count: Math.min(AT_ONCE, count - start) }, 'data');
        data.set(floatsOf(part.data), start);
      }
      return float32(data, shape);
    },
    shape: (name) => of(name).shape,
    bytesOf: (name) => sizeOf(of(name).shape) * BYTES[of(name).stored]!,
    has: (name) => known.has(name),
    names: (prefix = '') => [...known.keys()].filter((name) => name.startsWith(prefix)),
    remove(prefix) {
      channel.ask({ kind: 'remove', prefix }, 'done');
      for (const name of [...known.keys()]) if (name.startsWith(prefix)) known.delete(name);
    },
  };
}
