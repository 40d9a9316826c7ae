import process from 'node:process';
import { runDesktopProcess } from '../../src-main/desktop/host/run-desktop-process.ts';
import { FAKE_ENGINE } from '../runs/fake-engine-path.ts';

/** The desktop's host as a program of its own, with engines that compute nothing. */
await runDesktopProcess({ home: process.env.KEEL_HOME ?? '', environment: process.env, engineEntry: FAKE_ENGINE });
process.exit();
