import { KeelError } from '#contract/errors.ts';
import type { RemoteStep, StepPlan } from '../runtime/remote-step.ts';
import type { CompiledStep, Runtime } from '../runtime/types.ts';
import { toHost, toSent, unpacked } from './arrays.ts';
import type { Channel } from './channel.ts';
import { workerVariables } from './worker-variables.ts';

const entriesOf = <From, To>(record: Readonly<Record<string, From>>, to: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));

/** The error for what a group of workers does not do. */
function workersUnsupported(what: string, fix: string): KeelError {
  return new KeelError({ code: 'workers_unsupported', why: `A group of workers does not support ${what}.`, fix });
}

/** Dropped inputs are drawn by TensorFlow's own generator, which workers do not have. */
function requireNoDropout(plan: StepPlan): void {
  if (plan.kind !== 'update') return;
  const { loss } = plan;
  const networks =
    loss.kind === 'online' ? [loss.policy, loss.critic] : [loss.kind === 'pairs' ? loss.network : loss.policy];
  if (networks.every((network) => !network?.dropout)) return;
  throw workersUnsupported('adapter.lora_dropout', 'Set it to 0, or run without workers.');
}

function compiled(channel: Channel, name: string, remote: RemoteStep | undefined): CompiledStep {
  if (!remote) throw workersUnsupported(`the step "${name}"`, 'Run this config without workers.');
  requireNoDropout(remote.plan);
  channel.ask({ kind: 'define', step: name, plan: remote.plan }, 'done');
  return (inputs) => {
    const sent = entriesOf(unpacked(inputs), toSent);
    const { outputs, folds } = channel.ask({ kind: 'call', step: name, inputs: sent }, 'outputs');
    if (folds) remote.onFolds?.(folds);
    return entriesOf(outputs, toHost);
  };
}

/**
 * A runtime whose variables and steps are a group of workers': everything else of a run is as it always is. What a run
 * reports about its device is what this process computes on.
 * @throws KeelError of {@link Channel.ask}; `workers_unsupported` for a step without a plan.
 */
export function createWorkerRuntime(
  channel: Channel,
  local: Runtime,
  { count, ...run }: { readonly recipe: string; readonly config: unknown; readonly count: number },
): Runtime {
  const { workers } = channel.ask({ kind: 'open', ...run }, 'opened');
  if (workers !== count) throw new Error(`The group has ${workers} workers instead of ${count}.`);
  return {
    device: local.device,
    variables: workerVariables(channel),
    compile: (name, _, remote) => compiled(channel, name, remote),
    memory: () => local.memory(),
    graphStatistics: () => local.graphStatistics(),
    dispose: () => channel.close(),
  };
}
