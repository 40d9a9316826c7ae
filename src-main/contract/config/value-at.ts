/** Returns the value at a path such as `data.files` or `['stages', 'apa']`; undefined if there is none. */
export function valueAt(root: unknown, path: string | readonly PropertyKey[]): unknown {
  const keys = typeof path === 'string' ? path.split('.') : path;
  return keys.reduce<unknown>((value, key) => (value as Readonly<Record<PropertyKey, unknown>> | null)?.[key], root);
}
