import { runs } from './0001-runs.ts';
import { metrics } from './0002-metrics.ts';
import { events } from './0003-events.ts';
import { samples } from './0004-samples.ts';
import { checkpoints } from './0005-checkpoints.ts';
import { lineage } from './0006-lineage.ts';
import { network } from './0007-network.ts';
import { trash } from './0008-trash.ts';
import { exports } from './0009-exports.ts';
import { metricBuckets } from './0010-metric-buckets.ts';
import { studies } from './0011-studies.ts';
import { drafts } from './0012-drafts.ts';
import { branches } from './0013-branches.ts';
import { library } from './0014-library.ts';
import { home } from './0015-home.ts';
import { tags } from './0016-tags.ts';
import { runLabels } from './0017-run-labels.ts';
import { studyPlans } from './0018-study-plans.ts';
import { queuePlaces } from './0019-queue-places.ts';
import { startSamples } from './0020-start-samples.ts';
import { studyPlaces } from './0021-study-places.ts';
import type { Migration } from './migration.ts';

/** Strictly increasing; a released migration never changes. */
export const MIGRATIONS: readonly Migration[] = [
  runs,
  metrics,
  events,
  samples,
  checkpoints,
  lineage,
  network,
  trash,
  exports,
  metricBuckets,
  studies,
  drafts,
  branches,
  library,
  home,
  tags,
  runLabels,
  studyPlans,
  queuePlaces,
  startSamples,
  studyPlaces,
];
