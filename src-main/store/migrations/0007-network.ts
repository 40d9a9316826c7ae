/** Network isolation results for each start of an engine; NULL for older versions of Keel. */
export const network = {
  version: 7,
  sql: `
    ALTER TABLE attempts ADD COLUMN network_calls INTEGER CHECK (network_calls >= 0);
    ALTER TABLE attempts ADD COLUMN open_sockets INTEGER CHECK (open_sockets >= 0);
  `,
};
