"""The way between an engine's named pipes and rank 0 of its workers, which may be on another node.

It is an actor on the engine's node, since what workers print is folded and may be lost. It passes lines on and reads
none of them. Each group of workers that Ray starts for a run is one incarnation, with two pipes of its own.
"""

import contextlib
import queue
import threading

from keel_torch.pipes import open_pipes


class Relay:
    """Passes lines between an engine and the newest incarnation of its workers; what an older one says is dropped."""

    def __init__(self, folder):
        """folder: where the engine looks for its pipes, on this node."""
        self._folder = folder
        self._lock = threading.Lock()
        self._incarnation = 0
        self._lines = queue.Queue()
        self._writer = None
        self._refusal = None

    def attach(self):
        """Begins an incarnation, called by its rank 0; the engine sees the end of the one before. Returns its number."""
        with self._lock:
            self._leave()
            self._lines.put(None)
            self._lines = queue.Queue()
            self._incarnation += 1
            arguments = (self._incarnation, self._lines)
            threading.Thread(target=self._read, args=arguments, daemon=True).start()
            return self._incarnation

    def _leave(self):
        """Closes the way to the engine, which may have gone without what was last written."""
        if self._writer:
            with contextlib.suppress(BrokenPipeError):
                self._writer.close()
        self._writer = None

    def _read(self, incarnation, lines):
        """Reads what the engine writes, also for workers that are gone: an engine must never wait for them in a write."""
        reader, writer = open_pipes(self._folder, incarnation)
        with self._lock:
            if incarnation == self._incarnation:
                self._writer = writer
            else:
                writer.close()
        for line in reader:
            if incarnation == self._incarnation:
                lines.put(line.decode().rstrip("\n"))
        lines.put(None)

    def next_line(self, incarnation):
        """Waits for a line of the engine; None once it has gone, or once there is a newer incarnation."""
        with self._lock:
            lines = self._lines if incarnation == self._incarnation else None
        return lines.get() if lines else None

    def answer(self, incarnation, line):
        """Passes a line on to the engine."""
        with self._lock:
            if incarnation != self._incarnation or self._writer is None:
                return
            try:
                self._writer.write(line.encode() + b"\n")
                self._writer.flush()
            except BrokenPipeError:
                # The engine has gone; the end of its lines says so.
                self._leave()

    def refuse(self, why):
        """Notes why workers cannot work at all, so that they are not started again."""
        self._refusal = why

    def refusal(self):
        return self._refusal
