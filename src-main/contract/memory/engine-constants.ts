/**
 * What the engine takes beyond the numbers that it has to keep. Each constant is fitted to peaks that `keel bench`
 * reported on a CPU for Llama-like networks of 1.3M to 494M parameters, with the stated workload of `what-fits.ts` and
 * with 512 tokens per row. A change in how the engine uses memory is a reason to measure them again.
 */
export const ENGINE = {
  /** Node, TensorFlow, and graphs: the peak of 1.3M parameters, less its arrays. */
  libraryBytes: 650e6,
  /** Graphs of a layer with adapters: what is left over 8 and 30 layers. */
  adaptedLayerBytes: 2e6,
  /** The same in addition, if layers are computed again: 30 layers. */
  adaptedAgainLayerBytes: 1e6,
  /** What packing a base takes in addition: the difference to the same network kept as bfloat16. */
  packedBytes: { int8: 20e6, nf4: 50e6 },
  /** Arrays of [rows, vocabulary] at once in an update: one network with 8,192 and with 49,152 tokens. */
  logitCopies: 4,
  /** Values of a layer that stay until the gradient, as a multiple of those that the gradient needs. */
  keptShare: { all: 1, adapted: 1.05 },
  /** Layers whose values are there at once if they are computed again: two networks, and what is not free yet. */
  recomputedLayers: 3,
  /** Copies of the largest matrix in float32 while a narrow base is used: 2M to 71M parameters kept as bfloat16. */
  widenedCopies: 2,
  /** The same for nf4, which is widened in steps: 1.2 billion parameters. */
  unpackedCopies: 6,
} as const;
