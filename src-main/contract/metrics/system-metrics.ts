import { metricGroup } from './metric-entry.ts';

const PHASE = 'sum within the iteration';

/** Time and memory. They are measured, so they can differ in a resumed run. */
export const systemMetrics = metricGroup('Time and memory', {
  'time/rollout': ['seconds', 'Sampling responses, with their log-probs and values', PHASE, 'down', 'Keel'],
  'time/reward': ['seconds', 'Scoring responses with the reward', PHASE, 'down', 'Keel'],
  'time/update': ['seconds', 'All optimizer updates', PHASE, 'down', 'Keel'],
  'time/evaluation': ['seconds', 'Held-out evaluation', PHASE, 'down', 'Keel'],
  'time/iteration': [
    'seconds',
    'All phases together',
    PHASE,
    'down',
    'Keel',
    'Constant, except that the first iterations and those after a resume take longer.',
  ],
  'time/step': [
    'seconds',
    'One update, including its data and evaluation',
    'of the update',
    'down',
    'Keel',
    'Constant, except that steps with an evaluation or a checkpoint take longer.',
  ],
  'time/build_share': [
    'share',
    'Part of the time since the start or resume of the run that built graphs: what the first run of each takes longer than the second',
    'at the end of the iteration',
    'down',
    'Keel',
    'Falls after the first iterations; a step in it is a length of which there was no graph yet.',
  ],
  'system/memory_bytes': [
    'bytes',
    'Resident memory of the engine process',
    'at the end of the iteration',
    'down',
    'Keel',
    'Constant after the first iterations.',
  ],
  'system/tensors': [
    'tensors',
    'Live tensors and variables; constant if nothing leaks',
    'at the end of the iteration',
    'down',
    'Keel',
  ],
  'system/tensor_bytes': [
    'bytes',
    'Memory of the live tensors and variables',
    'at the end of the iteration',
    'down',
    'Keel',
  ],
  'system/graphs': ['graphs', 'Graphs built since the start', 'at the end of the iteration', 'none', 'Keel'],
  'system/graph_seconds': [
    'seconds',
    'Time spent building graphs since the start',
    'at the end of the iteration',
    'down',
    'Keel',
  ],
});
