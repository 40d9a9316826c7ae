import type { z } from 'zod';
import type { Presets } from '../config/preset.ts';
import type { CrossCheck } from '../config/resolving/cross-checks.ts';
import type { MetricEntry } from '../metrics/metric-entry.ts';
import type { PlotSpec } from './plot-spec.ts';

/** What a run of a recipe leaves behind, by the name used in references. */
export type ArtifactKind = 'policy' | 'critic' | 'reward_model';

/** The field that holds a policy near its start. */
export interface Anchor {
  /** `method.apa_lambda` */
  readonly path: string;
  /**
   * What the value is counted in. λ divides scaled advantages; `kl_coef` multiplies a KL beside scaled scores. With the
   * deviation σ of the advantages, kl_coef = λ σ asks for the same trade of reward against KL.
   */
  readonly unit: 'scaled_advantage' | 'scaled_score';
}

/** A metric as a list of runs shows it: `reward 0.82`. */
export interface ListFigure {
  readonly key: string;
  readonly label: string;
  /** Shown in percent. */
  readonly isShare?: boolean;
}

/** Everything that is known about a recipe; every table by recipe name is derived from it. */
export interface RecipeDescriptor<
  Schema extends z.ZodObject = z.ZodObject,
  Kind extends 'supervised' | 'online' = 'supervised' | 'online',
> {
  /** The value of `recipe` in a config. */
  readonly name: string;
  /** What it is called on the page: `APA`. */
  readonly title: string;
  /** What it is for, in a sentence. */
  readonly note: string;
  /** Place among the recipes of pickers and among the stages of a pipeline, lowest first. */
  readonly order: number;
  /** Marks its runs in lists and plots. */
  readonly color: { readonly light: string; readonly dark: string };

  /** Whether it learns from a fixed dataset or from responses that it samples itself. */
  readonly kind: Kind;
  /** What of its models a run trains and leaves behind, the main one first. */
  readonly artifacts: readonly [ArtifactKind, ...ArtifactKind[]];
  /** What rows of a dataset it learns from. */
  readonly data: 'demonstrations' | 'comparisons' | 'prompts';

  readonly schema: Schema;
  readonly presets: Presets<z.infer<Schema>>;
  readonly checks: readonly CrossCheck[];
  /** The few fields that matter most, in the order of the form. */
  readonly headline: readonly string[];
  /** Null for a recipe without one. */
  readonly anchor: Anchor | null;

  /** Its own metrics beside those that all recipes of its kind emit. */
  readonly metrics: Readonly<Record<string, MetricEntry>>;
  /** Metrics that lists of runs read; the first that has points is drawn as a sparkline. */
  readonly figures: readonly string[];
  /** What a run is judged by in lists, the first that has a value; each is one of `figures`. */
  readonly results: readonly ListFigure[];
  /** What the result took, such as the distance from the start; as `results`. */
  readonly costs: readonly ListFigure[];
  /** The plots that a run's page opens with. */
  readonly plots: readonly PlotSpec[];

  /** What a model card says about the method. */
  readonly card: { readonly name: string; readonly text: string; readonly source: string };
}

/** A descriptor with the literal types of its name, kind, schema and metrics. */
export type Described<
  Name extends string,
  Schema extends z.ZodObject,
  Kind extends 'supervised' | 'online',
  Metrics,
> = Omit<RecipeDescriptor<Schema, Kind>, 'name' | 'metrics'> & { readonly name: Name; readonly metrics: Metrics };

/** Keeps the literal types of a descriptor. */
export function describeRecipe<
  const Name extends string,
  Schema extends z.ZodObject,
  const Kind extends 'supervised' | 'online',
  const Metrics extends Readonly<Record<string, MetricEntry>>,
>(
  descriptor: RecipeDescriptor<Schema, Kind> & { readonly name: Name; readonly metrics: Metrics },
): Described<Name, Schema, Kind, Metrics> {
  return descriptor;
}
