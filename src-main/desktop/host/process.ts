import process from 'node:process';
import { dataFolder } from '#setup/data-folder.mjs';
import { runDesktopProcess } from './run-desktop-process.ts';

/**
 * The host of the desktop, a process of a real Node: the store and the engines are out of Electron's way, the window
 * may crash without them, and they are the same programs as those of a terminal.
 */
await runDesktopProcess({ home: dataFolder(), environment: process.env });
process.exit();
