import process from 'node:process';
import { runDeskProcess } from '../../src-main/desktop/host/run-desk-process.ts';
import { FAKE_ENGINE } from '../runs/fake-engine-path.ts';

/** The desktop's host as a program of its own, with engines that compute nothing. */
await runDeskProcess({ home: process.env.KEEL_HOME ?? '', environment: process.env, engineEntry: FAKE_ENGINE });
process.exit();
