#!/usr/bin/env python3
"""Runs the libFuzzer targets, adds up what they did, and keeps what they found (make fuzz).

Starts from tests/data/fuzz/<target>; what is found stays in <build>/corpus/<target>, inputs that
break a target in <build>/crashes. <build>/counts adds up over all runs. No input may take more than
a second or 256 MiB. With --merge the smallest set of inputs that reaches everything becomes the
kept corpus.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = ROOT / "tests/data/fuzz"

# Longest input in bytes: small grammars repeat themselves early, and short inputs run fastest.
LONGEST = {
    "content_packing": 1536,
    "dns_record": 300,
    "imap_command": 512,
    "imap_search": 256,
    "imap_seqset": 96,
    "imap_mailbox_name": 160,
    "imap_session": 1024,
    "mime_address": 256,
    "mime_message": 2048,
    "mime_params": 256,
    "mime_transfer": 256,
    "mime_words": 256,
    "peer_line": 512,
    "sasl": 300,
    "smtp_address": 160,
    "smtp_body": 256,
    "smtp_chunk": 256,
    "smtp_command": 256,
    "smtp_reply": 256,
    "smtp_session": 1024,
}
LONGEST_OTHER = 512
KEPT_FILES, KEPT_BYTES = 60, 40_000

# A stack trace at every malloc would be half of the work; leaks are for the unit tests.
ENVIRONMENT = {
    "ASAN_OPTIONS": "malloc_context_size=2:detect_stack_use_after_return=0:quarantine_size_mb=16:"
                    "detect_leaks=0",
}


class Counts:
    """The table <build>/counts: executions, CPU seconds, new inputs and crashes of each target."""

    def __init__(self, path: pathlib.Path):
        self.path, self.lock = path, threading.Lock()

    def rows(self) -> dict[str, list[int]]:
        if not self.path.exists():
            return {}
        lines = (line.split() for line in self.path.read_text().splitlines())
        return {name: [int(n) for n in numbers] for name, *numbers in lines}

    def add(self, name: str, *numbers: int) -> None:
        with self.lock:
            rows = self.rows()
            before = rows.get(name, [0] * len(numbers))
            rows[name] = [a + b for a, b in zip(before, numbers)]
            text = "".join(f"{n} {' '.join(map(str, row))}\n" for n, row in sorted(rows.items()))
            self.path.with_suffix(".new").write_text(text)
            self.path.with_suffix(".new").replace(self.path)


def corpus(build: pathlib.Path, name: str) -> list[str]:
    """The folder that grows, then the kept one."""
    grown = build / "corpus" / name
    grown.mkdir(parents=True, exist_ok=True)
    kept = SEEDS / name
    return [str(grown)] + ([str(kept)] if kept.is_dir() else [])


def limits(name: str) -> list[str]:
    # libFuzzer's clock is the wall's, and its alarm may find the allocator locked: on a busy machine
    # a second would often be no fault of the input, and hang. So what took a second is only noted,
    # and measured again (forgive_waiting).
    return ["-timeout=60", "-report_slow_units=1", "-rss_limit_mb=256",
            f"-max_len={LONGEST.get(name, LONGEST_OTHER)}"]


def lower_priority() -> None:
    os.nice(19 - os.nice(0))


def fuzz(build: pathlib.Path, name: str, args: argparse.Namespace, counts: Counts) -> int:
    """One run of one target; the number of inputs that broke it."""
    crashes = build / "crashes"
    crashes.mkdir(exist_ok=True)
    before = set(crashes.glob(f"{name}-*"))
    command = [str(build / "fuzz" / f"fuzz-{name}"), *limits(name), "-print_final_stats=1",
               "-verbosity=0", "-reload=0", f"-artifact_prefix={crashes}/{name}-"]
    if args.seconds:
        command.append(f"-max_total_time={args.seconds}")
    if args.runs:
        command.append(f"-runs={args.runs}")
    words = ROOT / "tests/fuzz" / f"{name}.dict"
    if words.exists():
        command.append(f"-dict={words}")
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        child = subprocess.Popen(command + corpus(build, name), stdout=output, stderr=output,
                                 env=os.environ | ENVIRONMENT, preexec_fn=lower_priority)
        alarm = threading.Timer(3 * args.seconds + 300, child.kill)
        if args.seconds:
            alarm.start()
        _, status, usage = os.wait4(child.pid, 0)
        alarm.cancel()
        output.seek(0)
        text = output.read()
    forgive_waiting(build, name, set(crashes.glob(f"{name}-*")) - before)
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", text))
    found = sorted(set(crashes.glob(f"{name}-*")) - before)
    if status != 0:
        print(f"fuzz: {name} ended with status {status}\n{text[-6000:]}", flush=True)
        for path in found:
            print(f"fuzz: {name}: {path}", flush=True)
    counts.add(name, int(stats.get("number_of_executed_units", 0)),
               round(usage.ru_utime + usage.ru_stime), int(stats.get("new_units_added", 0)),
               len(found) or int(status != 0))
    return len(found) or int(status != 0)


def forgive_waiting(build: pathlib.Path, name: str, found: set[pathlib.Path]) -> None:
    """Removes the slow inputs that take less than a second of CPU time when they run alone."""
    for path in found:
        if not path.name.startswith(f"{name}-slow-unit-"):
            continue
        child = subprocess.Popen([str(build / "fuzz" / f"fuzz-{name}"), str(path)],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env=os.environ | ENVIRONMENT, preexec_fn=lower_priority)
        _, status, usage = os.wait4(child.pid, 0)
        if status == 0 and usage.ru_utime + usage.ru_stime < 1:
            path.unlink()


def merge(build: pathlib.Path, name: str) -> None:
    """Makes the kept corpus of the smallest set of inputs that covers the same."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([str(build / "fuzz" / f"fuzz-{name}"), *limits(name), "-merge=1",
                        "-verbosity=0", folder, *corpus(build, name)],
                       check=True, env=os.environ | ENVIRONMENT, preexec_fn=lower_priority,
                       stderr=subprocess.DEVNULL)
        kept = sorted(pathlib.Path(folder).iterdir(), key=lambda path: path.stat().st_size)
        # What was named by hand tells a story; it stays.
        named = [p for p in (SEEDS / name).glob("*") if not re.fullmatch("[0-9a-f]{40}", p.name)]
        size = sum(p.stat().st_size for p in named)
        (SEEDS / name).mkdir(parents=True, exist_ok=True)
        for path in (SEEDS / name).iterdir():
            if path not in named:
                path.unlink()
        # Of too many, some of each size.
        room = max(KEPT_FILES - len(named), 1)
        for path in kept[::-(-len(kept) // room) or 1]:
            size += path.stat().st_size
            if size > KEPT_BYTES:
                break
            shutil.copy(path, SEEDS / name / path.name)
    print(f"fuzz: {name}: kept {len(list((SEEDS / name).iterdir()))} of {len(kept)}", flush=True)


def table(counts: Counts) -> None:
    print(f"{'target':<20}{'executions':>14}{'a CPU second':>14}{'new inputs':>12}{'crashes':>9}")
    for name, (done, seconds, new, crashes) in sorted(counts.rows().items()):
        print(f"{name:<20}{done:>14,}{done // max(seconds, 1):>14,}{new:>12,}{crashes:>9}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build-fuzz")
    parser.add_argument("--seconds", type=int, default=0, help="of each target; 0: no limit")
    parser.add_argument("--runs", type=int, default=0, help="executions of each target; 0: no limit")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--merge", action="store_true", help="renew the kept corpus")
    parser.add_argument("targets", nargs="*", help="all when none is named")
    args = parser.parse_args()
    build = args.build.resolve()
    known = sorted(path.name.removeprefix("fuzz-") for path in (build / "fuzz").glob("fuzz-*"))
    unknown = set(args.targets) - set(known)
    if unknown or not known:
        parser.error(f"no such target: {' '.join(sorted(unknown)) or 'nothing is built'}")
    names = args.targets or known
    if args.merge:
        for name in names:
            merge(build, name)
        return 0
    if not args.seconds and not args.runs:
        parser.error("give --seconds or --runs")
    counts = Counts(build / "counts")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        broken = sum(pool.map(lambda name: fuzz(build, name, args, counts), names))
    table(counts)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
