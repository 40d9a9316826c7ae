"""The two named pipes between an engine and rank 0 of its group."""

import os


def open_pipes(folder, incarnation):
    """Creates both pipes and waits until an engine opens them: (reader, writer), binary files.

    The engine opens them in the same order. A group that is started again after a loss uses the next incarnation, so
    that nothing of the lost one is read.
    """
    paths = [os.path.join(folder, f"{name}-{incarnation}") for name in ("to-workers", "from-workers")]
    for path in reversed(paths):
        os.mkfifo(path, 0o600)
    reader = open(paths[0], "rb", buffering=1 << 20)
    return reader, open(paths[1], "wb", buffering=1 << 20)


def line_functions(reader, writer):
    """``receive`` and ``send`` of keel_torch.group.serve over two binary files."""

    def receive():
        line = reader.readline()
        return line.decode() if line.endswith(b"\n") else None

    def send(text):
        writer.write(text.encode() + b"\n")
        writer.flush()

    return receive, send
