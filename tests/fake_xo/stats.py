"""Statistics in XO's shape: series by name, nested by device, nulls where nothing was measured."""

import math
import zlib
from typing import Any

from fake_xo.store import Record

INTERVALS = {"seconds": 5, "minutes": 60, "hours": 3600, "days": 86400}
POINTS = {"seconds": 120, "minutes": 120, "hours": 168, "days": 366}
"""How many points a series has, by granularity."""
GAP = 2
"""The first points are null: nothing was measured yet."""


class _Series:
    """Waves that follow from a name."""

    def __init__(self, name: str, granularity: str, now: int) -> None:
        self._name = name
        self._points = POINTS[granularity]
        self._interval = INTERVALS[granularity]
        self.end = now - now % self._interval

    def __call__(self, what: str, low: float, high: float) -> list[float | None]:
        phase = zlib.crc32(f"{self._name} {what}".encode()) % 628 / 100
        middle, half = (low + high) / 2, (high - low) / 2
        start = self.end // self._interval - self._points
        waves = [round(middle + half * math.sin((start + n) / 9 + phase), 6) for n in range(self._points)]
        return [None] * GAP + list(waves[GAP:])

    def flat(self, value: int) -> list[float | None]:
        return [None] * GAP + [value] * (self._points - GAP)

    def by(self, what: str, devices: list[str], low: float, high: float) -> dict[str, list[float | None]]:
        return {device: self(f"{what} {device}", low, high) for device in devices}

    def answer(self, stats: Record) -> Record:
        return {"endTimestamp": self.end, "interval": self._interval, "stats": stats}


def vm_stats(vm: Record, granularity: str, now: int) -> Record:
    """Statistics of a VM: percentages, bytes, bytes per second.

    Args:
        vm: The record.
        granularity: `seconds`, `minutes`, `hours` or `days`.
        now: The end of the series, in seconds.
    """
    series = _Series(vm["id"], granularity, now)
    cpus = [str(number) for number in range(vm["CPUs"]["number"])]
    nics, disks = [str(number) for number in range(len(vm["VIFs"]))], ["a"]
    stats: dict[str, Any] = {
        "cpus": series.by("cpu", cpus, 2, 60),
        "cpuUsage": series("cpu", 2, 60),
        "memory": series.flat(vm["memory"]["size"]),
        "memoryFree": series.flat(vm["memory"]["size"] // 2),
        "vifs": {way: series.by(f"vif {way}", nics, 1e4, 3e5) for way in ("rx", "tx")},
        "xvds": {way: series.by(f"disk {way}", disks, 1e4, 3e5) for way in ("r", "w")},
        "iops": {way: series.by(f"iops {way}", disks, 5, 50) for way in ("r", "w", "total")},
    }
    return series.answer(stats)


def host_stats(host: Record, granularity: str, now: int) -> Record:
    """Statistics of a host; storage is named by the first eight characters of its id."""
    series = _Series(host["id"], granularity, now)
    storages = [name[:8] for name in host["$PBDs"]]
    ways = ("r", "w", "total")
    used = max(host["memory"]["size"] - host["memory"]["usage"], 0)
    stats: dict[str, Any] = {
        "cpus": series.by("cpu", [str(number) for number in range(8)], 5, 60),
        "load": series("load", 0.2, 2),
        "memory": series.flat(host["memory"]["size"]),
        "memoryFree": series.flat(used),
        "pifs": {way: series.by(f"pif {way}", ["0", "1"], 1e6, 1e7) for way in ("rx", "tx")},
        "iops": {way: series.by(f"iops {way}", storages, 50, 450) for way in ways},
        "ioThroughput": {way: series.by(f"io {way}", storages, 6e6, 4e7) for way in ways},
        "latency": {way: series.by(f"latency {way}", storages, 0.5, 2) for way in ("r", "w")},
        "iowait": series.by("iowait", storages, 0.01, 0.1),
    }
    return series.answer(stats)
