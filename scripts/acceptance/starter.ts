import type { AcceptanceLine } from './line.ts';

export const starter: AcceptanceLine = {
  number: 5,
  title: 'The starter, 3 seeds: reward model, judge, distinct replies, facts kept, fluency',
  run() {
    return Promise.reject(new Error('the starter policy is not trained yet'));
  },
};
