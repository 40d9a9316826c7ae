/** Artifacts and exports refer to their checkpoint by a tag: `best`, `last`, or a step. */
export const tags = {
  version: 16,
  sql: `
    ALTER TABLE artifacts RENAME COLUMN moment TO tag;
    ALTER TABLE exports RENAME COLUMN moment TO tag;
    UPDATE inputs SET detail = json_set(json_remove(detail, '$.moment'), '$.tag', json_extract(detail, '$.moment'))
      WHERE json_type(detail, '$.moment') = 'text';
  `,
};
