import type { EngineHealth, EngineTuning } from './api/system-report.ts';
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

/** What measurements of a layer say of products in bfloat16. */
export function describeProducts({ products }: { readonly products?: EngineTuning['products'] }): string {
  if (!products) return '';
  if (products.bfloat16 === null)
    return 'The processor has no fast products of bfloat16: engine.compute_dtype stays float32.';
  const part = `With engine.compute_dtype: bfloat16, a layer's products take ${formatFixed(products.bfloat16 / products.float32, 2)} of the time`;
  return products.recommended === 'bfloat16'
    ? `${part}: recommended where its rounding is acceptable (docs/decisions/0016-bfloat16-matmuls.md).`
    : `${part}: not recommended on this machine.`;
}

/** Whether this machine multiplies bfloat16 matrices, and what `engine.compute_dtype` means here. */
export function describePrecision({
  gigaflops,
  bfloat16Gigaflops,
  tuning,
}: Pick<EngineHealth, 'gigaflops' | 'bfloat16Gigaflops' | 'tuning'>): string {
  if (bfloat16Gigaflops === null)
    return "float32. The processor has no fast products of bfloat16 (AMX, or AMD's AVX512-BF16), so engine.compute_dtype: bfloat16 has no effect here.";
  const [narrow, wide] = [bfloat16Gigaflops, gigaflops ?? 0].map((one) => formatFixed(one, 0));
  const can = `float32 by default. Products of bfloat16: ${narrow} GFLOP/s, of float32: ${wide}.`;
  const gain = tuning ? describeProducts(tuning) : '';
  return `${can} ${gain || 'npm run keel -- engine tune measures what engine.compute_dtype: bfloat16 gains.'}`;
}
