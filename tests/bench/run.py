#!/usr/bin/env python3
"""Side-by-side benchmarks: the same generators against Tegu and against Postfix and Dovecot, in turn, repeated.
Prints medians, ratios (above 1: Tegu is better), the target of each, CPU for one operation; writes results.json.
select-100k-cold drops the page cache of the whole machine.
Ends with 0 also when a target is missed, with 1 when something failed or a generator was not fast enough.

    run.py --build build [--work ID ...] [--runs 5] [--quick] [--list]
"""
import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

import generators
import sides
import works

# The sink, asked by the same generator, must be so much better than the better server.
LEAST_MARGIN = 1.2


def progress(text):
    if sys.stderr.isatty():
        print(f"\r{text:78.78}", end="\r", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


class Results:
    """All samples of one experiment: figure -> side -> [Sample]."""

    def __init__(self, experiment):
        self.experiment, self.samples, self.sink, self.memory = experiment, {}, {}, {}

    def add(self, side, measured):
        for figure, sample in measured.items():
            self.samples.setdefault(figure, {}).setdefault(side, []).append(sample)

    def median(self, figure, side, what="value"):
        return statistics.median(getattr(sample, what) for sample in self.samples[figure][side])

    def best(self, figure, keys, more):
        return (max if more else min)(keys, key=lambda key: self.median(figure, key))

    def margin(self, row):
        """How much better the sink is than the best server."""
        if row.figure not in self.sink:
            return None
        best = self.median(row.figure, self.best(row.figure, list(self.samples[row.figure]), row.more_is_better))
        sink = self.sink[row.figure].value
        return sink / best if row.more_is_better else best / sink


def run(experiment, all_sides, runs, share):
    results = Results(experiment)
    for number in range(experiment.runs or runs):
        for key in experiment.sides:
            side = all_sides.get(key)
            os.sync()  # what one side left to be written does not slow the next
            begin = time.monotonic()
            results.add(key, experiment.measure(side, share))
            shown = " ".join(f"{figure}={values[key][-1].value:.4g}" for figure, values in results.samples.items())
            progress(f"{experiment.name} {number + 1}: {key} {shown} ({time.monotonic() - begin:.1f} s)")
            results.memory[key] = side.group.memory() / 2**20
    return results


def check_generator(row, results, all_sides, share):
    """Asks the sink; again, when other work on the machine may have been what was slow."""
    for _ in range(3):
        if results.margin(row) is None or results.margin(row) < LEAST_MARGIN:
            results.sink = results.experiment.measure(all_sides.get("sink"), share)


def result(row, results):
    peer = results.best(row.figure, row.peers, row.more_is_better)
    ours, theirs = results.median(row.figure, "tegu"), results.median(row.figure, peer)
    ratio = ours / theirs if row.more_is_better else theirs / ours
    samples = results.samples[row.figure]
    return {
        "id": row.id, "work": row.what, "unit": row.unit, "tegu": ours, "peer": sides.NAMES[peer], "peer_value": theirs, "ratio": ratio,
        "target": row.target, "met": row.target is None or ratio >= row.target and (row.most is None or ours <= row.most), "most": row.most,
        "values": {sides.NAMES[key]: [sample.value for sample in samples[key]] for key in ("tegu", *row.peers)},
        "cpu_ms_per_operation": {"tegu": results.median(row.figure, "tegu", "cpu"), "peer": results.median(row.figure, peer, "cpu")},
        "memory_mib": {"tegu": results.memory["tegu"], "peer": results.memory[peer]},
        "extra": {sides.NAMES[key]: samples[key][-1].extra for key in ("tegu", peer)},
        "generator_margin": results.margin(row),
    }


def short(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


HEAD = f"{'id':20} {'Tegu':>8} {'peer':>8} {'unit':12} {'ratio':>7} {'target':>6}       {'CPU ms/op':>9} {'peer':>8}  {'MiB':>5} {'peer':>5}  generator  peer is"


def times(target):
    return "" if target is None else f"{target:g}x"


def line(found):
    cpu, memory, margin = found["cpu_ms_per_operation"], found["memory_mib"], found["generator_margin"]
    verdict = "    " if found["met"] else "MISS"
    return (f"{found['id']:20} {short(found['tegu']):>8} {short(found['peer_value']):>8} {found['unit']:12} {found['ratio']:>6.2f}x {times(found['target']):>6} {verdict} "
            f"{short(cpu['tegu']):>9} {short(cpu['peer']):>8}  {memory['tegu']:>5.0f} {memory['peer']:>5.0f}  {f'{margin:.1f}x faster' if margin else '':>13}  {found['peer']}")


def machine():
    def said(*command):
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    model = next((row.split(":", 1)[1].strip() for row in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if row.startswith("model name")), "")
    return (f"{os.cpu_count()} x {model}, Linux {os.uname().release}, load {os.getloadavg()[0]:.1f}; Dovecot {said('dovecot', '--version').split()[0]}, "
            f"{said('postconf', '-h', 'mail_version')} Postfix, {said('sh', '-c', 'ls -d /usr/lib/postgresql/* | tail -1')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", type=pathlib.Path)
    parser.add_argument("--work", action="append", help="only these ids")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, once: shows that it runs, not how fast")
    parser.add_argument("--list", action="store_true", help="print the ids and what they are")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{row.id:20} {row.what}" + (f"; at least {times(row.target)}" if row.target else "") for row in works.ROWS))
        return 0
    unknown = set(options.work or ()) - {row.id for row in works.ROWS}
    if unknown:
        parser.error(f"no such work: {', '.join(sorted(unknown))}; see --list")
    if os.geteuid() != 0:
        parser.error("Postfix and Dovecot can only be started by root")
    rows = [row for row in works.ROWS if not options.work or row.id in options.work]
    generators.TOOLS = options.build.resolve() / "bench"
    sides.tegu.BIN = options.build.resolve() / "bin"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    share, runs = (0.1, 1) if options.quick else (1, options.runs)
    begin, found, failed, done = time.monotonic(), [], [], {}
    print(f"{machine()}\n{HEAD}", flush=True)
    with sides.Sides(generators.TOOLS) as all_sides:
        for row in rows:
            name = row.experiment.name
            try:
                if name not in done:
                    done[name] = None
                    done[name] = run(row.experiment, all_sides, runs, share)
                if done[name] is None:
                    raise generators.Failed("its experiment failed before")
                if row.experiment.checked:
                    check_generator(row, done[name], all_sides, share)
                found.append(result(row, done[name]))
            except (generators.Failed, AssertionError, OSError, subprocess.SubprocessError) as error:
                failed.append(row.id)
                print(f"{row.id:20} FAILED: {error}", flush=True)
                continue
            margin = found[-1]["generator_margin"]
            if margin is not None and margin < LEAST_MARGIN:
                failed.append(row.id)
            print(line(found[-1]) + ("  GENERATOR TOO SLOW" if row.id in failed else ""), flush=True)
    target = options.build / "bench" / "results.json"
    target.write_text(json.dumps(found, indent=2) + "\n")
    missed = [entry["id"] for entry in found if not entry["met"]]
    with_target = [row for row in rows if row.target is not None]
    reached = sum(entry["met"] and entry["target"] is not None for entry in found)
    print(f"{reached} of {len(with_target)} reach their target in {time.monotonic() - begin:.0f} s; written to {target}")
    for what, ids in (("missed", missed), ("failed", failed)):
        if ids:
            print(f"{what}: {' '.join(ids)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
