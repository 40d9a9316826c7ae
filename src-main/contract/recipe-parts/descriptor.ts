import { z } from 'zod';
import { adapterGroup, adapterPreset } from '../config/groups/adapter.ts';
import type { Presets } from '../config/preset.ts';
import type { CrossCheck } from '../config/resolving/cross-checks.ts';
import type { MetricEntry } from '../metrics/metric-entry.ts';
import type { PlotSpec } from './plot-spec.ts';

/** What a run of a recipe produces, by the name used in references. */
export type ArtifactKind = 'policy' | 'critic' | 'reward_model';

/** The field that keeps a policy near its start. */
export interface Anchor {
  /** `method.apa_lambda` */
  readonly path: string;
  /**
   * Unit of the value. λ divides scaled advantages; `kl_coef` multiplies a KL that is added to scaled scores. With the
   * deviation σ of the advantages, kl_coef = λ σ gives the same trade-off between reward and KL.
   */
  readonly unit: 'scaled_advantage' | 'scaled_score';
}

/** A metric as shown in a list of runs: `reward 0.82`. */
export interface ListFigure {
  readonly key: string;
  readonly label: string;
  /** Shown as a percentage. */
  readonly isShare?: boolean;
}

/** Everything about a recipe; every table by recipe name is derived from it. */
export interface RecipeDescriptor<
  Schema extends z.ZodObject = z.ZodObject,
  Kind extends 'supervised' | 'online' = 'supervised' | 'online',
> {
  /** The value of `recipe` in a config. */
  readonly name: string;
  /** Its name on the page: `APA`. */
  readonly title: string;
  /** What it is for, in one sentence. */
  readonly note: string;
  /** Position in recipe pickers and among the stages of a pipeline, lowest first. */
  readonly order: number;
  /** Color of its runs in lists and plots. */
  readonly color: { readonly light: string; readonly dark: string };

  /** Whether it learns from a fixed dataset or from responses that it samples itself. */
  readonly kind: Kind;
  /** The models that a run trains and saves, the main one first. */
  readonly artifacts: readonly [ArtifactKind, ...ArtifactKind[]];
  /** The type of dataset rows that it learns from. */
  readonly data: 'demonstrations' | 'comparisons' | 'judgments' | 'prompts';

  readonly schema: Schema;
  readonly presets: Presets<z.infer<Schema>>;
  readonly checks: readonly CrossCheck[];
  /** The few most important fields, in the order of the form. */
  readonly headline: readonly string[];
  /** Null if the recipe has none. */
  readonly anchor: Anchor | null;

  /** Its own metrics, in addition to those that all recipes of its kind emit. */
  readonly metrics: Readonly<Record<string, MetricEntry>>;
  /** Metrics that lists of runs read; the first one with points is drawn as a sparkline. */
  readonly figures: readonly string[];
  /** The result of a run in lists: the first of these with a value; each is one of `figures`. */
  readonly results: readonly ListFigure[];
  /** The cost of the result, such as the distance from the start; chosen like `results`. */
  readonly costs: readonly ListFigure[];
  /** The plots that the run page shows at first. */
  readonly plots: readonly PlotSpec[];

  /** The model card's description of the method. */
  readonly card: { readonly name: string; readonly text: string; readonly source: string };
}

/** A descriptor with the literal types of its name, kind, schema and metrics. */
export type Described<
  Name extends string,
  Schema extends z.ZodObject,
  Kind extends 'supervised' | 'online',
  Metrics,
> = Omit<RecipeDescriptor<Schema, Kind>, 'name' | 'metrics'> & { readonly name: Name; readonly metrics: Metrics };

const common = { adapter: adapterGroup };

/** A recipe's schema with the groups that every recipe has. */
type Completed<Shape extends z.core.$ZodLooseShape> = z.ZodObject<Shape & typeof common, z.core.$strict>;

/** Adds the common groups before the optimizer, where the form shows them. */
function completed<Shape extends z.core.$ZodLooseShape>({ shape }: z.ZodObject<Shape>): Completed<Shape> {
  const entries = Object.entries(shape);
  const place = entries.findIndex(([key]) => key === 'optimizer');
  const at = place < 0 ? entries.length : place;
  const all = Object.fromEntries([...entries.slice(0, at), ...Object.entries(common), ...entries.slice(at)]);
  return z.strictObject(all) as unknown as Completed<Shape>;
}

/** Returns the descriptor with its literal types, and with the groups that every recipe has. */
export function describeRecipe<
  const Name extends string,
  Shape extends z.core.$ZodLooseShape,
  const Kind extends 'supervised' | 'online',
  const Metrics extends Readonly<Record<string, MetricEntry>>,
>(
  descriptor: RecipeDescriptor<z.ZodObject<Shape, z.core.$strict>, Kind> & {
    readonly name: Name;
    readonly metrics: Metrics;
  },
): Described<Name, Completed<Shape>, Kind, Metrics> {
  const { presets } = descriptor;
  const whole = { adapter: adapterPreset };
  return {
    ...descriptor,
    schema: completed(descriptor.schema),
    presets: { keel: { ...presets.keel, ...whole }, authors: { ...presets.authors, ...whole } } as never,
  };
}
