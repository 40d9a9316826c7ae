"""Makes tests/fixtures/stored/stored.safetensors: a matrix as PyTorch and bitsandbytes store it, widened again.

    pip install torch bitsandbytes safetensors
    python tests/golden/make_stored.py

`nf4` is 4-bit NormalFloat in blocks of 64 with doubly quantized scales (compress_statistics), `int8` has one scale for each row.
The two tables and the codes are those of bitsandbytes. 139 rows of 150 numbers: neither a whole number of blocks nor of blocks of scales.
"""
import pathlib

import bitsandbytes.functional as F
import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "stored"


def main():
    torch.manual_seed(0)
    x = torch.randn(139, 150) * torch.exp(torch.randn(139, 1)) * 0.02
    x[3] = 0
    codes, state = F.quantize_4bit(x, quant_type="nf4", compress_statistics=True)
    scale = x.abs().amax(1, keepdim=True) / 127
    int8 = torch.where(scale > 0, torch.round(x / scale), torch.zeros(())).clamp(-127, 127) * scale
    FOLDER.mkdir(exist_ok=True)
    save_file({"values": x, "float16": x.half().float(), "bfloat16": x.bfloat16().float(), "int8": int8.contiguous(),
               "nf4": F.dequantize_4bit(codes, state).contiguous(), "nf4_values": state.code.float(),
               "scale_values": state.state2.code.float(), "nf4_codes": codes.flatten().float(),
               "nf4_scales": state.absmax.float(), "nf4_offset": state.offset.reshape(1).float(),
               "nf4_scale_of_scales": state.state2.absmax.float()}, FOLDER / "stored.safetensors")


main()
