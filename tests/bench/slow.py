#!/usr/bin/env python3
"""Thousands of connections that send one byte in ten seconds, to SMTP and to IMAP at once, while real clients work.
Prints latencies of the real ones without and with the crowd (the median of their p99 over some rounds), the ratio, and
the memory of each slow connection.

    slow.py --build build [--connections 5000] [--operations 300] [--rounds 5]
"""
import argparse
import imaplib
import os
import pathlib
import resource
import smtplib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import crawl
import sides
import tegu

LETTER = b"Subject: work\r\n\r\n" + b"x" * 72 + (b"\r\n" + b"x" * 72) * 54 + b"\r\n"


def milliseconds(work, count):
    """Sorted latencies of `count` calls."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)


def rounds(instance, operations, number):
    """id -> (p50, p99), medians over the rounds."""
    with smtplib.SMTP("127.0.0.1", instance.port("smtp"), timeout=60) as smtp, imaplib.IMAP4("127.0.0.1", instance.port("imap"), timeout=60) as imap:
        smtp.ehlo("client.example.net")
        imap.login("u0@bench.test", "pw")
        smtp.sendmail("a@example.net", ["u0@bench.test"], LETTER)
        tegu.wait_until("the first letter", lambda: imap.select()[1] != [b"0"])
        works = {"smtp": lambda: smtp.sendmail("a@example.net", ["u0@bench.test"], LETTER), "imap": lambda: imap.fetch("1", "(FLAGS BODY.PEEK[])")}
        found = {name: [] for name in works}
        for _ in range(number):
            for name, work in works.items():
                times = milliseconds(work, operations)
                found[name].append((times[len(times) // 2], times[len(times) * 99 // 100]))
        return {name: tuple(map(statistics.median, zip(*samples))) for name, samples in found.items()}


def pss(instance, daemon):
    pid, = instance.pids(daemon)
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", type=pathlib.Path)
    parser.add_argument("--connections", default=5000, type=int, help="to each of the two ports")
    parser.add_argument("--operations", default=300, type=int, help="of a real client in a round")
    parser.add_argument("--rounds", default=5, type=int)
    options = parser.parse_args()
    os.environ.setdefault("TEGU_BIN", str(options.build.resolve() / "bin"))
    tegu.BIN = pathlib.Path(os.environ["TEGU_BIN"])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    many = str(options.connections + 1000)
    settings = sides.Tegu.SETTINGS | {f"{name}.{limit}": many for name in ("smtp", "imap") for limit in ("connections_per_address", "connection_limit")}
    with tegu.Instance(domain="bench.test", settings=settings) as instance:
        instance.account("u0@bench.test", "pw")
        for service in ("smtp", "imap"):
            tegu.wait_until("the limits are in force", lambda: crawl.admits(instance.port(service), 100))
        time.sleep(3)  # on every loop
        idle = rounds(instance, options.operations, options.rounds)
        before = {daemon: pss(instance, daemon) for daemon in ("tegu-smtpd", "tegu-imapd")}
        with crawl.Crawlers(instance.port("smtp"), "smtp", options.connections) as one, crawl.Crawlers(instance.port("imap"), "imap", options.connections) as other:
            busy = rounds(instance, options.operations, options.rounds)
            for crowd, service in ((one, "smtp"), (other, "imap")):
                daemon = f"tegu-{service}d"
                kib = (pss(instance, daemon) - before[daemon]) / options.connections
                ratio = busy[service][1] / idle[service][1]
                print(f"slow-{service:5} {options.connections} slow connections, {crowd.alive()} alive, {kib:.1f} KiB each; real p50 {idle[service][0]:.2f} -> {busy[service][0]:.2f} ms, "
                      f"p99 {idle[service][1]:.2f} -> {busy[service][1]:.2f} ms ({ratio:.2f}x)", flush=True)


if __name__ == "__main__":
    main()
