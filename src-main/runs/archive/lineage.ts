import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Lineage, LineageNode } from '#contract/api/run-archive.ts';
import type { Artifact } from '#contract/api/runs/run-records.ts';
import type { Run, StoredInput } from '#contract/api/runs/run-state.ts';
import { formatCount } from '#contract/format.ts';
import { REFERENCE } from '#contract/ids.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listExports } from '../../store/queries/exports.ts';
import { listArtifacts, listDependents, listInputs } from '../../store/queries/lineage.ts';
import { listStages, readConfig, readRun } from '../../store/queries/runs.ts';
import { isInTrash } from '../../store/queries/trash.ts';
import { configTexts } from '../host/artifact-references.ts';

/** Maximum number of runs in a readable graph. */
const LARGEST = 60;

/** Config fields that refer to a model folder. */
const MODEL_FIELD = /^(model|reference|reward\.model|critic\.init|evaluation\.judge\.model)$/;
/** What the critic may start from instead of a folder; elsewhere these are names of folders. */
const WORDS = new Set(['policy', 'reward_model']);

const artifactId = (run: string, { kind, tag }: Pick<Artifact, 'kind' | 'tag'>) => `${run}/${kind}@${tag}`;
const nothing = { note: '', run: null, recipe: null, state: null, path: null, sha256: null, isMissing: false };

class Picture {
  readonly #db: ReadableDb;
  readonly #focus: ReadonlySet<string>;
  readonly nodes = new Map<string, LineageNode>();
  readonly edges = new Map<string, Lineage['edges'][number]>();

  constructor(db: ReadableDb, focus: readonly string[]) {
    this.#db = db;
    this.#focus = new Set(focus);
  }

  #node(node: Partial<LineageNode> & Pick<LineageNode, 'id' | 'kind' | 'label'>): string {
    if (!this.nodes.has(node.id)) this.nodes.set(node.id, { ...nothing, ...node });
    return node.id;
  }

  #edge(from: string, to: string, role = ''): void {
    this.edges.set(`${from} ${to} ${role}`, { from, to, role });
  }

  #runNode(run: Run): string {
    const { id, name, recipe, state, folder } = run;
    const isMissing = isInTrash(this.#db, run.number) || !existsSync(folder);
    return this.#node({ id, kind: 'run', label: name, note: recipe, run: id, recipe, state, path: folder, isMissing });
  }

  #artifact(run: string, artifact: Pick<Artifact, 'kind' | 'tag' | 'folder'>): string {
    const { kind, tag, folder } = artifact;
    const id = artifactId(run, artifact);
    const isMissing = !existsSync(folder);
    this.#node({ id, kind: 'artifact', label: kind.replace('_', ' '), note: tag, run, path: folder, isMissing });
    if (this.nodes.has(run)) this.#edge(run, id);
    return id;
  }

  #input({ id: to, baseFolder }: Run, { role, path: given, sha256, rows, sourceRun, detail }: StoredInput): void {
    const path = resolve(baseFolder, given);
    if (sourceRun) {
      const kind = String(detail.kind ?? 'policy') as Artifact['kind'];
      const from = this.#artifact(sourceRun, { kind, tag: String(detail.tag ?? 'last'), folder: path });
      this.#edge(from, to, role);
      return;
    }
    const note = rows === null ? '' : `${formatCount(rows)} rows`;
    const id = `data:${sha256 || path}`;
    this.#node({ id, kind: 'dataset', label: basename(path), note, path, sha256, isMissing: !existsSync(path) });
    this.#edge(id, to, role);
  }

  #models(run: Run): void {
    for (const { path, text } of configTexts(readConfig(this.#db, run.number).resolved)) {
      const isWord = path === 'critic.init' && WORDS.has(text);
      if (!MODEL_FIELD.test(path) || isWord || REFERENCE.test(text)) continue;
      const folder = resolve(run.baseFolder, text);
      const id = `model:${folder}`;
      this.#node({ id, kind: 'model', label: basename(folder), path: folder, isMissing: !existsSync(folder) });
      this.#edge(id, run.id, path);
    }
  }

  /** Adds a run's inputs and outputs. Its artifacts are added only if the run is in focus or an export uses them. */
  add(run: Run): void {
    this.#runNode(run);
    for (const input of listInputs(this.#db, run.number)) {
      const source = input.sourceRun ? readRun(this.#db, input.sourceRun) : null;
      if (source) this.#runNode(source);
      this.#input(run, input);
    }
    this.#models(run);
    const artifacts = listArtifacts(this.#db, run.number);
    if (this.#focus.has(run.id)) for (const artifact of artifacts) this.#artifact(run.id, artifact);
    for (const { number, what, tag, folder } of listExports(this.#db, run.number)) {
      const made = artifacts.find((artifact) => artifact.kind === what && artifact.tag === tag);
      const from = made ? this.#artifact(run.id, made) : run.id;
      const id = `export:${number}`;
      const isMissing = !existsSync(folder);
      this.#node({ id, kind: 'export', label: basename(folder), note: tag, run: run.id, path: folder, isMissing });
      this.#edge(from, id);
    }
  }
}

function neighbors(db: ReadableDb, run: Run, isUpward: boolean): readonly string[] {
  if (!isUpward) return listDependents(db, run.id);
  return listInputs(db, run.number).flatMap(({ sourceRun }) => sourceRun ?? []);
}

/** Ancestors or descendants of the given runs, nearest first, including the given runs. */
function reach(db: ReadableDb, from: readonly Run[], isUpward: boolean): readonly Run[] {
  const found = new Map(from.map((run) => [run.id as string, run]));
  for (const run of found.values()) {
    for (const id of neighbors(db, run, isUpward)) {
      const next = found.has(id) || found.size >= LARGEST ? null : readRun(db, id);
      if (next) found.set(id, next);
    }
  }
  return [...found.values()];
}

/** The graph from data, models, and runs to artifacts and exports in the store; for a pipeline, that of its stages. */
export function readLineage(db: ReadableDb, run: Run): Lineage {
  const stages = listStages(db, run.id);
  const focus = stages.length > 0 ? stages : [run];
  const picture = new Picture(
    db,
    focus.map(({ id }) => id),
  );
  const runs = new Map([...reach(db, focus, true), ...reach(db, focus, false)].map((one) => [one.number, one]));
  for (const one of [...runs.values()].sort((a, b) => a.number - b.number)) picture.add(one);
  return { run: run.id, nodes: [...picture.nodes.values()], edges: [...picture.edges.values()] };
}
