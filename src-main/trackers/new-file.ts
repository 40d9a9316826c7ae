import { closeSync, openSync, writeSync } from 'node:fs';

/** A new file that is written from start to end. */
export interface NewFile {
  write(bytes: Uint8Array | string): void;
  close(): void;
  /** Closes it without what is still to be written. */
  abandon(): void;
}

const BUFFERED_BYTES = 2 ** 18;

/** Opens a file that must not exist; small writes are joined. */
export function createFile(path: string): NewFile {
  const file = openSync(path, 'wx');
  let waiting: Buffer[] = [];
  let bytes = 0;
  const flush = () => {
    const all = Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
    for (let at = 0; at < all.length; ) at += writeSync(file, all, at);
  };
  return {
    write(part) {
      const buffer = Buffer.from(part as Uint8Array);
      waiting.push(buffer);
      bytes += buffer.length;
      if (bytes >= BUFFERED_BYTES) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
    abandon: () => closeSync(file),
  };
}

/** Lets `fill` write a new file and closes it. */
export async function fillFile(path: string, fill: (file: NewFile) => Promise<void>): Promise<void> {
  const file = createFile(path);
  try {
    await fill(file);
    file.close();
  } catch (error) {
    file.abandon();
    throw error;
  }
}
