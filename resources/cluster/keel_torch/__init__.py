"""Trains one model over several devices for Keel's engine: PyTorch with FSDP2.

The engine reads data, tokenizes, scores by rules, counts and keeps checkpoints, as in every run. What needs a model it
asks of a group of these workers. A conversation is lines of JSON, one request and one answer at a time; arrays are
``{"dtype": "float32" | "int32" | "bool", "shape": [...], "data": base64}``, row-major and little-endian.

==========  ================================================  =======================================================
request     content                                           answer
==========  ================================================  =======================================================
``open``    ``recipe``, ``config`` (resolved, camel case)     ``opened``: workers, device, backend, versions; whatever
                                                              was there before is forgotten
``create``  ``name``, ``shape``, ``stored`` (float32,         ``done``: a variable, its rows divided among the workers;
            float16 or bfloat16), ``data`` or none            zeros without data
``write``   ``name``, ``start``, ``data``: float32 numbers    ``done``
            from that element on
``read``    ``name``, ``start``, ``count``                    ``data``: float32 numbers as base64
``remove``  ``prefix``                                        ``done``
``define``  ``step``, ``plan``: what the step computes        ``done``
``call``    ``step``, ``inputs``: arrays by name              ``outputs``: arrays by name; ``folds`` of an update's
                                                              statistics: sum, max or min
==========  ================================================  =======================================================

Any request may be answered by ``failed`` with ``error``; the group then ends. A closed connection ends it as well.

Source: issue "Beyond one machine"; the losses are those of src-main/engine/update/losses, held by the same vectors.
"""
