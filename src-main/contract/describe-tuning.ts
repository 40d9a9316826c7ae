import type { EngineTuning } from './api/system-report.ts';
import { formatFixed } from './format.ts';

type Settings = EngineTuning['settings'];
type Seconds = NonNullable<EngineTuning['tried'][number]['seconds']>;

const onOff = (is: boolean) => (is ? 'on' : 'off');
const total = ({ train, decode }: Seconds) => train + decode;

function describeSettings({ threads, onednn, xla }: Settings): string {
  return `oneDNN ${onOff(onednn)}, XLA ${onOff(xla)}, ${threads === 0 ? 'all' : threads} threads`;
}

/** Describes the engine settings in use, and how much slower the other settings that were tried are. */
export function describeTuning({ settings, tried }: Pick<EngineTuning, 'settings' | 'tried'>): string {
  const chosen = describeSettings(settings);
  const isChosen = (one: Settings) => describeSettings(one) === chosen;
  const times = tried.flatMap(({ settings: one, seconds }) => (seconds && isChosen(one) ? [total(seconds)] : []));
  const others = tried
    .filter(({ settings: one }) => !isChosen(one))
    .map(({ settings: one, seconds }) => {
      const takes = seconds
        ? `${formatFixed(total(seconds) / Math.min(...times), 2)} times as long`
        : 'could not be run';
      return `${describeSettings(one)}: ${takes}`;
    });
  const how = times.length > 0 ? 'measured as fastest on this machine' : 'defaults; nothing could be measured';
  return [`${chosen} (${how})`, ...new Set(others)].join('; ');
}
