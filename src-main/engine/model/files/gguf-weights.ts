import { GgufFacts } from '../../gguf/facts.ts';
import { familyOfFile, renamer } from '../../gguf/families/gguf-families.ts';
import { LONG_FACTORS, SHORT_FACTORS } from '../../gguf/families/longrope-factors.ts';
import { remaindersOf } from '../../gguf/families/norm-remainders.ts';
import { FACTORS_TENSOR } from '../../gguf/families/rotary-fields.ts';
import { type Layout, otherOrder, otherShape } from '../../gguf/families/tensor-layouts.ts';
import type { GgufFile } from '../../gguf/open-gguf.ts';
import type { ModelConfig } from '../config/model-config.ts';
import type { TensorEntry } from '../safetensors/parse-header.ts';
import type { WeightFiles } from '../safetensors/weight-files.ts';

/** Tensors that hold no weights: they are read together with the config. */
const NO_WEIGHTS: ReadonlySet<string> = new Set([FACTORS_TENSOR, LONG_FACTORS, SHORT_FACTORS]);

/**
 * The tensors of an open GGUF file under their Hugging Face names, shapes and orders. Each is widened to float32 when it
 * is read. A tensor that the family does not have keeps its name.
 */
export function ggufWeights(file: GgufFile, config: ModelConfig): WeightFiles {
  const facts = new GgufFacts(file);
  const rename = renamer(familyOfFile(facts), 'gguf');
  const tensors = new Map<string, TensorEntry>();
  const sources = new Map<string, { readonly name: string; readonly layout: Layout | undefined }>();
  for (const { name, type, shape, begin, end } of file.tensors.values()) {
    if (NO_WEIGHTS.has(name)) continue;
    const other = rename(name) ?? { name, layout: undefined };
    tensors.set(other.name, { name: other.name, dtype: type.name, shape: otherShape(shape, other.layout), begin, end });
    sources.set(other.name, { name, layout: other.layout });
  }
  const norms = [...sources.values()].filter(({ layout }) => layout === 'shifted');
  const remainders = remaindersOf(
    facts,
    norms.map(({ name }) => [name, file.tensors.get(name)?.shape[0] as number]),
  );
  return {
    tensors,
    files: [file.path],
    isFloat: () => true,
    read: (name) => {
      const source = sources.get(name);
      if (!source) throw new Error(`${file.path} has no tensor for ${name}.`);
      const { shape } = file.tensors.get(source.name) as { readonly shape: readonly number[] };
      const { heads, keyValueHeads, headWidth } = config;
      const sizes = { heads, keyValueHeads, headWidth };
      const values = otherOrder(file.read(source.name), shape, source.layout, sizes, 'hugging-face');
      const lost = remainders.get(source.name);
      // Only a negative zero loses its sign.
      const whole = (value: number, rest: number) => (Object.is(rest, -0) ? rest : value + rest);
      return lost ? values.map((value, at) => whole(value, lost[at] as number)) : values;
    },
    close: () => file.close(),
  };
}
