import { openWriter } from '../../src-main/store/database.ts';
import { migrate } from '../../src-main/store/migrate.ts';
import type { Store } from '../../src-main/store/open-store.ts';

/** A store that lives in memory. */
export function openMemoryStore(): Store {
  const db = openWriter(':memory:');
  migrate(db);
  return { path: ':memory:', write: db, read: db, close: () => db.close() };
}
