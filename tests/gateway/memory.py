"""Measures how much memory a process needs."""

import threading

import psutil

MEBIBYTE = 2**20


def most_memory(pid: int, ended: threading.Event, found: list[float]) -> None:
    """Return the largest resident size of a process in MiB until `ended` is set."""
    process = psutil.Process(pid)
    found.append(0)
    while not ended.wait(0.02):
        found[0] = max(found[0], process.memory_info().rss / MEBIBYTE)
