import process from 'node:process';
import Database from 'better-sqlite3';

/**
 * A separate process that loads SQLite and prints its version as one line of JSON: if Node is too old, the native
 * module ends the process without a message.
 */
const connection = new Database(':memory:');
const version = connection.prepare('SELECT sqlite_version()').pluck().get();
connection.close();
process.stdout.write(`${JSON.stringify({ version })}\n`);
