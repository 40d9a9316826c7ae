import { isPlain, type Plain } from './preset.ts';

/** Returns the value at a path such as `data.files` or `['stages', 'apa']`; undefined if there is none. */
export function valueAt(root: unknown, path: string | readonly PropertyKey[]): unknown {
  const keys = typeof path === 'string' ? path.split('.') : path;
  return keys.reduce<unknown>((value, key) => (value as Readonly<Record<PropertyKey, unknown>> | null)?.[key], root);
}

/** The config with another value at a path, whose groups are added where they are missing; undefined removes the key. */
export function withValueAt(root: unknown, path: string | readonly string[], value: unknown): Plain {
  const [key = '', ...rest] = typeof path === 'string' ? path.split('.') : path;
  const { [key]: before, ...others } = isPlain(root) ? root : {};
  const after = rest.length > 0 ? withValueAt(before, rest, value) : value;
  return after === undefined ? others : { ...(isPlain(root) ? root : {}), [key]: after };
}
