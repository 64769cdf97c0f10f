"""What a server costs: CPU seconds and memory of everything that was started inside a control group,
PostgreSQL and ended processes included (cgroup v1 or v2)."""
import contextlib
import os
import pathlib


class Group:
    def __init__(self, name):
        root = pathlib.Path("/sys/fs/cgroup")
        self.v1 = (root / "cpuacct").is_dir()
        self.base = root / "cpuacct" if self.v1 else root
        self.path = self.base / f"tegu-bench-{os.getpid()}-{name}"
        self.path.mkdir(exist_ok=True)
        self.cpu_file = self.path / ("cpuacct.usage" if self.v1 else "cpu.stat")

    @contextlib.contextmanager
    def inside(self):
        """Children started in this block belong to the group."""
        home = self.base / self.own_path().lstrip("/") / "cgroup.procs"
        (self.path / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            home.write_text(str(os.getpid()))

    def own_path(self):
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            _, names, path = line.split(":", 2)
            if ("cpuacct" in names.split(",")) if self.v1 else names == "":
                return path
        return ""

    def seconds(self):
        if self.v1:
            return int(self.cpu_file.read_text()) / 1e9
        line = next(line for line in self.cpu_file.read_text().splitlines() if line.startswith("usage_usec"))
        return int(line.split()[1]) / 1e6

    def memory(self):
        """Bytes: proportional set size of all processes. Shared pages count once; the kernel's own memory
        (sockets, page tables) does not count, on no side."""
        total = 0
        for pid in (self.path / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError, StopIteration):
                with open(f"/proc/{pid}/smaps_rollup") as lines:
                    total += int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024
        return total

    def remove(self):
        with contextlib.suppress(OSError):
            self.path.rmdir()


def free_memory():
    """Bytes that programs can still have."""
    line = next(line for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable:"))
    return int(line.split()[1]) * 1024
