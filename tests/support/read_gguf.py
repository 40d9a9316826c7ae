"""Prints what the Python package gguf reads of a file: the SHA-256 of each tensor, widened to float32, and the metadata keys."""
import hashlib
import json
import sys

import gguf

reader = gguf.GGUFReader(sys.argv[1])
tensors = {}
for tensor in reader.tensors:
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype('<f4')
    shape = [int(axis) for axis in reversed(tensor.shape)]
    tensors[tensor.name] = {'type': tensor.tensor_type.name, 'shape': shape, 'sha256': hashlib.sha256(values.tobytes()).hexdigest()}
names = [name for name in reader.fields if not name.startswith('GGUF.')]
values = {name: reader.fields[name].contents() for name in names if name.startswith('general.')}
print(json.dumps({'tensors': tensors, 'keys': names, 'general': values}))
