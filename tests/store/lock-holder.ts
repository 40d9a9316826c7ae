import process from 'node:process';
import { takeHostLock } from '../../src-main/store/host-lock.ts';

/** Takes the lock of a folder, says so, and waits to be killed. */
const lock = takeHostLock(process.argv[2] ?? '', '/theirs', 7);
process.stdout.write(lock ? 'held\n' : 'refused\n');
setInterval(() => globalThis.gc?.(), 10);
