/** What came of the closed network in each start of an engine; NULL where an older Keel ran it. */
export const network = {
  version: 7,
  sql: `
    ALTER TABLE attempts ADD COLUMN network_calls INTEGER CHECK (network_calls >= 0);
    ALTER TABLE attempts ADD COLUMN open_sockets INTEGER CHECK (open_sockets >= 0);
  `,
};
