import { plot } from './plot-spec.ts';

export const lossPlot = plot('loss', 'Loss', 'nats', [
  { key: 'loss', label: 'training' },
  { key: 'eval/loss', label: 'held-out', isDashed: true },
]);
export const gradientPlot = plot('gradient', 'Gradient norm', 'before clipping', [{ key: 'grad_norm', label: 'norm' }]);
export const ratePlot = plot('rate', 'Learning rate', 'of each update', [
  { key: 'learning_rate', label: 'learning rate' },
]);
export const stepTimePlot = plot('time', 'Time per step', 'seconds', [{ key: 'time/step', label: 'step' }]);
export const memoryPlot = plot('memory', 'Memory', 'GB', [{ key: 'system/memory_bytes', label: 'engine', per: 1e9 }]);
