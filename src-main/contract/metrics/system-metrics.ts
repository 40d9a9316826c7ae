import { metricGroup } from './metric-entry.ts';

const PHASE = 'sum within the iteration';

/** Time and memory; measured by a clock, so a resumed run may differ here. */
export const systemMetrics = metricGroup('Time and memory', {
  'time/rollout': ['seconds', 'Sampling of responses, their log-probs and values', PHASE, 'down', 'Keel'],
  'time/reward': ['seconds', 'Scoring by the reward', PHASE, 'down', 'Keel'],
  'time/update': ['seconds', 'All optimizer updates', PHASE, 'down', 'Keel'],
  'time/evaluation': ['seconds', 'Held-out evaluation', PHASE, 'down', 'Keel'],
  'time/iteration': [
    'seconds',
    'All phases together',
    PHASE,
    'down',
    'Keel',
    'Flat; a resume and the first iterations take longer.',
  ],
  'time/step': [
    'seconds',
    'One update, with its data and evaluation',
    'of the update',
    'down',
    'Keel',
    'Flat; a step with an evaluation or a checkpoint takes longer.',
  ],
  'system/memory_bytes': [
    'bytes',
    'Resident memory of the engine process',
    'at the end of the iteration',
    'down',
    'Keel',
    'Flat after the first iterations.',
  ],
  'system/tensors': [
    'tensors',
    'Live tensors and variables; constant when nothing leaks',
    'at the end of the iteration',
    'down',
    'Keel',
  ],
  'system/tensor_bytes': ['bytes', 'Their memory', 'at the end of the iteration', 'down', 'Keel'],
  'system/graphs': ['graphs', 'Graphs built since the start', 'at the end of the iteration', 'none', 'Keel'],
  'system/graph_seconds': [
    'seconds',
    'Time spent building graphs since the start',
    'at the end of the iteration',
    'down',
    'Keel',
  ],
});
