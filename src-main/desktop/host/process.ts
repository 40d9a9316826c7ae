import process from 'node:process';
import { dataFolder } from '#setup/data-folder.mjs';
import { runDesktopProcess } from './run-desktop-process.ts';

/**
 * The desktop app's host, run by a real Node: the store and the engines are separate from Electron, survive a crash of
 * the window, and are the same programs that a terminal runs.
 */
await runDesktopProcess({ home: dataFolder(), environment: process.env });
process.exit();
