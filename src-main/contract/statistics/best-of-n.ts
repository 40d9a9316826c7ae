/**
 * The most that the policy "best of n samples" can differ from the one that it samples: log n - (n - 1)/n nats per
 * response. The true KL is smaller where responses repeat; for a policy that hardly ever says the same twice, it is close.
 * Source: Beirami et al., Theoretical guarantees on the best-of-n alignment policy, 2024, arXiv 2401.01879, theorem 3.1.
 */
export function bestOfNKlBound(n: number): number {
  return Math.log(n) - (n - 1) / n;
}

/**
 * The expected value of the response with the highest score among n, from m ≥ n independent samples: the mean over all
 * choices of n of them, C(i - 1, n - 1) / C(m, n) for the one with the i-th lowest score. Equal scores share their weights.
 * Source: Nakano et al., WebGPT, 2021, arXiv 2112.09332, appendix I.
 * @param scores decide; @param values are averaged: the scores themselves, or what a judge says of the same responses.
 */
export function bestOfN(scores: readonly number[], values: readonly number[], n: number): number {
  const m = scores.length;
  const order = scores.map((_, at) => at).sort((one, other) => scores[one]! - scores[other]!);
  let weight = n / m;
  let total = 0;
  for (let end = m; end > 0 && weight > 0; ) {
    let [share, sum, count] = [0, 0, 0];
    const score = scores[order[end - 1]!]!;
    for (; end > 0 && scores[order[end - 1]!] === score; end--) {
      [share, sum, count] = [share + weight, sum + values[order[end - 1]!]!, count + 1];
      weight *= end > 1 ? (end - n) / (end - 1) : 0;
    }
    total += (share * sum) / count;
  }
  return total;
}
