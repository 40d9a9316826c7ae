import type { Migration } from '../migrate.ts';
import { runs } from './0001-runs.ts';
import { metrics } from './0002-metrics.ts';
import { events } from './0003-events.ts';
import { samples } from './0004-samples.ts';
import { checkpoints } from './0005-checkpoints.ts';
import { lineage } from './0006-lineage.ts';

/** Strictly increasing; a released migration never changes. */
export const MIGRATIONS: readonly Migration[] = [runs, metrics, events, samples, checkpoints, lineage];
