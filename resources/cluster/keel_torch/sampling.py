"""One token per row from logits and two uniform numbers, as src-main/engine/rollout/generate-sampling.ts draws it."""

import math

import torch

NEVER = -1e30


def threshold(scaled, top_k, top_p):
    """The lowest allowed logit; ties with it stay allowed. Shape: [b, v] to [b, 1]."""
    width = scaled.shape[1]
    kept = min(top_k, width) if top_k > 0 else width
    values = torch.topk(scaled, kept, sorted=True).values
    if top_p >= 1:
        return values[:, kept - 1 : kept]
    shares = torch.softmax(values, -1)
    before = torch.cumsum(shares, 1) - shares
    return torch.where(before < top_p, values, -NEVER).min(1, keepdim=True).values


def sampled_logits(logits, temperature, top_k, top_p):
    """Logits of the sampling distribution. Shape: [b, v] to [b, v]."""
    scaled = logits if temperature in (0, 1) else logits / temperature
    if top_k <= 0 and top_p >= 1:
        return scaled
    return torch.where(scaled >= threshold(scaled, top_k, top_p), scaled, NEVER)


def invert(shares, uniforms):
    """First column whose running sum exceeds uniform · total. Shape: shares [b, n] >= 0, uniforms [b], result [b]."""
    running = torch.cumsum(shares, 1)
    target = uniforms[:, None] * running[:, -1:]
    return (running <= target).sum(1)


def draw_tokens(shares, uniforms):
    """Inverts the cumulative distribution in two stages, block and token within the block: sums stay short, so that
    even a token of probability 1e-9 keeps its probability in float32. Shape: shares [b, v], uniforms [b, 2], result [b].
    """
    b, v = shares.shape
    size = math.ceil(math.sqrt(v))
    blocks = math.ceil(v / size)
    by_block = torch.nn.functional.pad(shares, (0, blocks * size - v)).reshape(b, blocks, size)
    block = invert(by_block.sum(2), uniforms[:, 0])
    within = invert(by_block[torch.arange(b, device=shares.device), block], uniforms[:, 1])
    return block * size + within


def sample_tokens(logits, uniforms, settings):
    """Tokens and their log-probabilities under the sampling distribution.

    Shape: logits [b, v], uniforms [b, 2], results [b]. ``settings``: temperature, isGreedy, topK, topP.
    """
    temperature = settings["temperature"]
    if settings["isGreedy"] or temperature == 0:
        shares = torch.softmax(logits if temperature in (0, 1) else logits / temperature, -1)
        tokens = logits.argmax(1)
    else:
        shares = torch.softmax(sampled_logits(logits, temperature, settings["topK"], settings["topP"]), -1)
        tokens = draw_tokens(shares, uniforms)
    return tokens, torch.log(shares.gather(1, tokens[:, None])[:, 0])
