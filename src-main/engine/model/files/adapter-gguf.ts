import type { GgufExportType } from '#contract/gguf-types.ts';
import { unsupportedGguf } from '../../gguf/bad-gguf.ts';
import { GgufFacts } from '../../gguf/facts.ts';
import { familyOfModelType, renamer } from '../../gguf/families/gguf-families.ts';
import { type Layout, movedRows, transposed } from '../../gguf/families/tensor-layouts.ts';
import { openGguf } from '../../gguf/open-gguf.ts';
import { FILE_TYPES } from '../../gguf/write/choose-type.ts';
import type { WrittenEntry } from '../../gguf/write/header-bytes.ts';
import { type GgufTensorToWrite, storedBytes, writeGguf } from '../../gguf/write/write-gguf.ts';
import { type AdapterTarget, factorNames } from '../adapters/adapter.ts';
import type { AdapterFiles } from '../adapters/adapter-files.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { familyOf } from '../families/family-of.ts';
import { fileNameOf } from './match-weights.ts';
import type { ModelFolder } from './model-folder.ts';
import type { PlannedGguf } from './save-gguf.ts';

type Values = Float32Array<ArrayBuffer>;

type Base = Pick<ModelFolder, 'config' | 'files'>;

/** A target with the name and the layout of its weight in GGUF. */
interface Named {
  readonly target: AdapterTarget;
  readonly name: string;
  readonly layout: Layout | undefined;
}

function namedTargets({ adapter }: AdapterFiles, { family }: ModelConfig): Named[] {
  const rename = renamer(familyOfModelType(family), 'hf');
  return [...adapter.targets].map(([weight, target]) => {
    const other = rename(weight);
    if (!other) throw new Error(`${family} has no name for ${weight} in GGUF.`);
    return { target, name: other.name, layout: other.layout };
  });
}

/** A [r, inputs] as stored: for an embedding, GGUF has [inputs, r]. */
function storedA(values: Values, { kind, r, inputs }: AdapterTarget, to: 'gguf' | 'hugging-face'): Values {
  if (kind !== 'embedding') return values;
  return transposed(values, to === 'gguf' ? [r, inputs] : [inputs, r]);
}

/** B [outputs, r] with its rows where GGUF has those of the weight. */
function storedB(values: Values, { target, layout }: Named, config: ModelConfig, to: 'gguf' | 'hugging-face'): Values {
  if (typeof layout !== 'object') return values;
  return movedRows(values, target.outputs, (row) => layout.place(row, config), to);
}

/** The format has one alpha for all targets: each addition is alpha / r · B A, and another strength goes into its B. */
const alphaOf = (targets: readonly Named[]) => {
  const [first] = targets;
  return first ? first.target.scale * first.target.r : 1;
};
const strengthOf = ({ scale, r }: AdapterTarget, alpha: number) => (scale * r) / alpha;

/** Whether a tensor that the adapter holds whole is the base's: PEFT saves that of an adapted embedding, too. */
function isBases(files: AdapterFiles, { files: weights, config }: Base, name: string): boolean {
  const stored = fileNameOf(weights, config, name);
  if (stored === null) return false;
  const [own, other] = [files.read(name), weights.read(stored)];
  return own.length === other.length && own.every((value, at) => value === other[at]);
}

function refuseOthers(files: AdapterFiles, base: Base, type: GgufExportType): void {
  const { config } = base;
  const fix = 'Export as gguf or as hf, which merges the adapter.';
  const refuse = (why: string, remedy = fix) => {
    throw unsupportedGguf('adapter', why, remedy);
  };
  if (type !== 'F32' && type !== 'F16')
    refuse(`adapters are written as F32 or F16, not as ${type}.`, 'Use --type F16.');
  if (config.tied && files.adapter.targets.has(familyOf(config.family).embeddingName)) {
    refuse('it changes the embedding, which is the output matrix as well; llama.cpp would add it to both.');
  }
  const replaced = [...files.ownNames].find((name) => !isBases(files, base, name));
  if (replaced !== undefined) refuse(`it holds ${replaced} whole, which GGUF has no place for.`);
  // Throws for a base that cannot be written either.
  familyOfModelType(config.family).metadata(config);
}

function entriesOf(config: ModelConfig, type: GgufExportType, name: string, alpha: number): WrittenEntry[] {
  return [
    ['general.architecture', 'string', familyOfModelType(config.family).architecture],
    ['general.type', 'string', 'adapter'],
    ['general.name', 'string', name],
    ['general.file_type', 'uint32', FILE_TYPES[type]],
    ['adapter.type', 'string', 'lora'],
    ['adapter.lora.alpha', 'float32', alpha],
  ];
}

function tensorsOf(files: AdapterFiles, named: Named, config: ModelConfig, type: 'F32' | 'F16', alpha: number) {
  const { target, name } = named;
  const { a, b } = factorNames(target);
  const { r, inputs, outputs, kind } = target;
  const strength = strengthOf(target, alpha);
  const scaled = () => {
    const values = files.read(b);
    return storedB(strength === 1 ? values : values.map((value) => value * strength), named, config, 'gguf');
  };
  const shape = kind === 'embedding' ? [inputs, r] : [r, inputs];
  return [
    { name: `${name}.lora_a`, shape, type, read: () => storedA(files.read(a), target, 'gguf') },
    { name: `${name}.lora_b`, shape: [outputs, r], type, read: scaled },
  ];
}

/** A planned adapter; `isExact`: read again, it is the same in every bit if it is written as F32. */
export interface PlannedAdapterGguf extends PlannedGguf {
  readonly isExact: boolean;
}

/**
 * Plans a GGUF file of an adapter for llama.cpp's `--lora`. Layouts are those of convert_lora_to_gguf.py.
 * @throws KeelError `gguf_unsupported` for what the format or llama.cpp cannot express.
 */
export function planAdapterGguf(
  files: AdapterFiles,
  base: Base,
  { type, name }: { readonly type: GgufExportType; readonly name: string },
): PlannedAdapterGguf {
  refuseOthers(files, base, type);
  const { config } = base;
  const targets = namedTargets(files, config);
  const alpha = alphaOf(targets);
  const tensors: GgufTensorToWrite[] = targets.flatMap((one) =>
    tensorsOf(files, one, config, type as 'F32' | 'F16', alpha),
  );
  return {
    bytes: tensors.reduce((sum, tensor) => sum + storedBytes(tensor), 0),
    types: { [type]: tensors.length },
    remarks: ['The file is an adapter: llama.cpp and Ollama need the base model beside it.'],
    isExact: Math.fround(alpha) === alpha && targets.every(({ target }) => strengthOf(target, alpha) === 1),
    write: (path) => writeGguf(path, entriesOf(config, type, name, alpha), tensors),
  };
}

/** A written file as the adapter that it stands for, to be merged into the base. Close when done. */
export function openAdapterGguf(path: string, files: AdapterFiles, config: ModelConfig): AdapterFiles {
  const gguf = openGguf(path);
  const named = namedTargets(files, config);
  const alpha = new GgufFacts(gguf).requireNumber('adapter.lora.alpha');
  const sources = new Map(
    named.flatMap((one) => {
      const { a, b } = factorNames(one.target);
      return [
        [a, () => storedA(gguf.read(`${one.name}.lora_a`), one.target, 'hugging-face')] as const,
        [b, () => storedB(gguf.read(`${one.name}.lora_b`), one, config, 'hugging-face')] as const,
      ];
    }),
  );
  const targets = [...files.adapter.targets].map(([weight, target]) => {
    return [weight, { ...target, scale: alpha / target.r }] as const;
  });
  return {
    ...files,
    ownNames: new Set(),
    adapter: { ...files.adapter, targets: new Map(targets) },
    read: (name) => (sources.get(name) as () => Values)(),
    close: () => gguf.close(),
  };
}
