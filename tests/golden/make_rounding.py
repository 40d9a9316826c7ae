"""Makes tests/fixtures/stored/rounding.json: float32 values and the bits that PyTorch's `.to(dtype)` stores for them.

    pip install torch
    python tests/golden/make_rounding.py

All numbers are bits in hexadecimal: ties to even and their neighbors, the smallest and largest of each type, what becomes 0 or
infinite, signed zeros, infinities, and random numbers of every size.
"""
import json
import pathlib

import torch

FILE = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "stored" / "rounding.json"


def main():
    torch.manual_seed(0)
    edges = [0.0, -0.0, 1.0, float("inf"), float("-inf"), 65504.0, 65519.996, 65520.0, -65520.0, 70000.0, 2.0**-14, 2.0**-24,
             2.0**-25, 1.5 * 2.0**-25, 2.0**-26, 3e-8, 1e-40, 3.38953139e38, 3.3961776e38, 3.4028235e38]
    ties = [(0x3F80_0000 + high * 0x1_0000 + low) for high in range(4) for low in (0x7FFF, 0x8000, 0x8001)]
    halves = [(0x3F80_0000 + high * 0x2000 + low) for high in range(4) for low in (0xFFF, 0x1000, 0x1001)]
    bits = torch.tensor(ties + halves, dtype=torch.int32).view(torch.float32)
    spread = torch.randn(200) * torch.exp(torch.randn(200) * 8)
    values = torch.cat([torch.tensor(edges), bits, spread])
    text = lambda tensor, kind, mask: [format(v & mask, "x") for v in tensor.view(kind).tolist()]
    FILE.write_text(json.dumps({
        "float32": text(values, torch.int32, 0xFFFF_FFFF),
        "bfloat16": text(values.bfloat16(), torch.int16, 0xFFFF),
        "float16": text(values.half(), torch.int16, 0xFFFF),
    }) + "\n")


main()
