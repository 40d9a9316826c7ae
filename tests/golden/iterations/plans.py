"""Finds the order in which a run drew its rows. The shuffle is Keel's own and is taken as a recorded input: of all orders
that the documented plan allows, the one whose numbers are the run's.
"""
import itertools


def next_minibatches(done, rows, size, epochs, order):
    """Minibatches that may follow those done: passes over fresh minibatches (`outer`), or each `epochs` times (`inner`)."""
    per_pass = len(rows) // size
    if order == "inner" and len(done) % epochs != 0:
        return [done[-1]]
    finished = done[::epochs] if order == "inner" else done[len(done) // per_pass * per_pass:]
    free = [row for row in rows if not any(row in part for part in finished)]
    return [list(part) for part in itertools.combinations(free, size)]


def search(run, rows, distance):
    """The plan after which the run's weights are nearest to the recorded ones: plan, its distance, the next best distance."""
    updates = run.config["updates"]
    size, epochs, order = updates["minibatch_size"], updates["num_ppo_epochs"], updates["epoch_order"]
    length, found = len(rows) // size * epochs, []

    def visit(done):
        if len(done) == length:
            found.append((distance(), [list(part) for part in done]))
            return
        saved = run.snapshot()
        for part in next_minibatches(done, list(range(len(rows))), size, epochs, order):
            run.update([rows[index] for index in part])
            visit([*done, part])
            run.restore(saved)

    visit([])
    found.sort(key=lambda item: item[0])
    return found[0][1], found[0][0], found[1][0] if len(found) > 1 else float("inf")


def chunkings(prompts, count, size):
    """All ways to draw `count` prompts in chunks of `size`; neither the order of chunks nor that within one has an effect."""
    def split(rest):
        if not rest:
            yield []
            return
        for others in itertools.combinations(rest[1:], size - 1):
            chunk = [rest[0], *others]
            for following in split([p for p in rest if p not in chunk]):
                yield [chunk, *following]
    for drawn in itertools.combinations(range(len(prompts)), count):
        yield from split(list(drawn))


def next_batches(left, count, size):
    """Batches that may follow where `left` of the pass are still to come, and what is left of the pass then. A batch may
    reach from one pass over the rows into the next."""
    for taken in itertools.combinations(left, min(size, len(left))):
        rest = [row for row in left if row not in taken]
        if len(taken) == size:
            yield list(taken), rest
            continue
        for more in itertools.combinations(range(count), size - len(taken)):
            yield [*taken, *more], [row for row in range(count) if row not in more]
