/** The demo in well under a minute: the same stages, models and data, fewer steps. */
export const SHORT_DEMO = [
  'stages.reward_model.training.max_steps=8',
  'stages.reward_model.evaluation.interval_steps=8',
  'stages.reward_model.checkpoints.interval_steps=4',
  'stages.apa.updates.total_iterations=3',
  'stages.apa.rollouts.num_rollouts=16',
  'stages.apa.rollouts.chunk_size=16',
  'stages.apa.updates.minibatch_size=8',
  'stages.apa.certificate_required=false',
  'stages.apa.evaluation.interval_iterations=1',
  'stages.apa.evaluation.num_prompts=8',
  'stages.apa.evaluation.num_samples=8',
].join(';');
