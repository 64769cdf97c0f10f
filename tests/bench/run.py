#!/usr/bin/env python3
"""Side-by-side benchmarks: the same generators against Tegu and against Postfix + Dovecot, in turn, repeated;
medians and ratios (above 1: Tegu is better). Prints a table and writes results.json.

    run.py --build build [--work ID ...] [--runs 5] [--quick]
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import sides


class Figures(dict):
    """name -> value of a load tool's lines."""

    def __init__(self, text):
        super().__init__()
        for line in text.splitlines():
            parts = line.split("\t")
            if len(parts) == 3:
                self[parts[0]] = float(parts[1])


def load(tool, side, *words):
    """Runs a generator; it must end well: a failed letter or command makes the figure worthless."""
    names = {"smtpload": {"port": side.smtp, "domain": side.domain}, "imapload": {"port": side.imap, "domain": side.login_domain, "pass": "pw"}}[tool]
    command = [str(TOOLS / tool), *(f"{key}={value}" for key, value in names.items()), "host=127.0.0.1", "user=u", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} against {side.name}: status {done.returncode}\n{done.stdout}{done.stderr[-2000:]}")
    return Figures(done.stdout)


def deliver(side, count, size, sessions, recipients, users=20):
    """Seconds from the first MAIL to the last letter visible in its mailbox, and CPU seconds of the side."""
    with tempfile.NamedTemporaryFile() as file:
        load("imapload", side, "count", f"users={users}", f"file={file.name}")
        cpu, start = side.group.seconds(), os.times().elapsed
        figures = load("smtpload", side, f"n={count}", f"size={size}", f"sessions={sessions}", f"rcpts={recipients}", f"users={users}")
        load("imapload", side, "wait", f"users={users}", f"file={file.name}", f"n={count}", f"rcpts={recipients}", "limit=600")
        return os.times().elapsed - start, side.group.seconds() - cpu, figures


def delivered(size, sessions, recipients, count):
    def measure(side, share):
        number = max(sessions, int(count * share))
        seconds, _, _ = deliver(side, number, size, sessions, recipients)
        return number * recipients / seconds

    return measure


def cpu_delivered(side, share):
    number = int(2000 * share)
    _, cpu, _ = deliver(side, number, "4k", 50, 1)
    return cpu * 1000 / number


def accept_latency(side, share):
    _, _, figures = deliver(side, int(400 * share), "4k", 1, 1)
    return figures["smtp.lat.p50"]


def notify(side, share):
    figures = load("imapload", side, "notify", "users=1", "user=u99", f"n={max(5, int(20 * share))}", "smtp_host=127.0.0.1", f"smtp_port={side.smtp}")
    return figures["notify.to_exists.p50"]


def command(text, mailbox, count, size="4k", rep=3, pre=None):
    def measure(side, share):
        fill(side, mailbox, count, size)
        words = ["cmd", text, "users=1", "user=u98", f"mailbox={mailbox}", f"rep={rep}"]
        return load("imapload", side, *words, *([f"pre={pre}"] if pre else []))["cmd.p50"]

    return measure


def per_second(mode, mailbox, count, number, connections):
    def measure(side, share):
        fill(side, mailbox, count, "4k")
        figures = load("imapload", side, mode, "users=1", "user=u98", f"mailbox={mailbox}", f"n={int(number * share)}", f"msgs={count}", f"c={connections}")
        return next(value for name, value in figures.items() if name.endswith(".rate"))

    return measure


def append(side, share):
    figures = load("imapload", side, "append", "users=1", "user=u97", "mailbox=INBOX", f"n={int(2000 * share)}", "c=10", "size=4k")
    return figures["append.rate"]


def login(side, share):
    return load("imapload", side, "login", "users=20", f"n={int(1000 * share)}", "c=10")["login.rate"]


filled = set()


def fill(side, mailbox, count, size):
    key = (side.name, mailbox)
    if key not in filled:
        load("imapload", side, "fill", "users=1", "user=u98", f"mailbox={mailbox}", f"n={count}", f"size={size}", "batch=100")
        filled.add(key)


# id, what, unit, more is better, how
WORKS = [
    ("deliver-4k-50x1", "4 KB letters, 50 sessions, 1 recipient: delivered and visible", "letters/s", True, delivered("4k", 50, 1, 4000)),
    ("deliver-4k-50x10", "4 KB letters, 50 sessions, 10 recipients", "recipients/s", True, delivered("4k", 50, 10, 600)),
    ("deliver-64k-50", "64 KB letters, 50 sessions", "letters/s", True, delivered("64k", 50, 1, 1000)),
    ("deliver-1m-10", "1 MB letters, 10 sessions", "letters/s", True, delivered("1m", 10, 1, 100)),
    ("accept-4k-1", "4 KB, one session: accept to 250, median", "ms", False, accept_latency),
    ("cpu-deliver-4k", "CPU per delivered 4 KB letter, all processes", "ms", False, cpu_delivered),
    ("notify", "letter accepted to EXISTS at an idle client, median", "ms", False, notify),
    ("fetch-flags-10k", "FETCH 1:* (FLAGS) of 10,000", "ms", False, command("FETCH 1:* (FLAGS)", "b10k", 10000)),
    ("fetch-envelope-10k", "FETCH 1:* (ENVELOPE) of 10,000", "ms", False, command("FETCH 1:* (ENVELOPE)", "b10k", 10000)),
    ("fetch-list-10k", "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE) of 10,000", "ms", False,
     command("FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)", "b10k", 10000)),
    ("body-4k", "FETCH BODY.PEEK[] of 10,000 letters of 4 KB", "ms", False, command("FETCH 1:* (BODY.PEEK[])", "b10k", 10000)),
    ("fetch-one", "one FETCH of a 4 KB body a command, 10 connections", "commands/s", True, per_second("fetch1", "b10k", 10000, 10000, 10)),
    ("store-one", "one STORE a command, 10 connections", "commands/s", True, per_second("store1", "b10k", 10000, 4000, 10)),
    ("append-4k", "APPEND 4 KB, 10 connections, one mailbox", "appends/s", True, append),
    ("login", "connect, LOGIN, LOGOUT; 10 at a time", "logins/s", True, login),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--work", action="append", help="only these ids")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: shows that it runs, not how fast")
    parser.add_argument("--format", default="maildir", choices=("maildir", "sdbox"), help="Dovecot's store")
    options = parser.parse_args()
    global TOOLS
    TOOLS = options.build.resolve() / "bench"
    os.environ.setdefault("TEGU_BIN", str(options.build.resolve() / "bin"))
    unknown = set(options.work or ()) - {work[0] for work in WORKS}
    if unknown:
        raise SystemExit(f"no such work: {', '.join(sorted(unknown))}; there are {', '.join(work[0] for work in WORKS)}")
    share, runs = (0.1, 1) if options.quick else (1, options.runs)
    results = []
    with sides.TeguSide() as own, sides.PeerSide(options.format) as peer:
        for id, what, unit, more, measure in WORKS:
            if options.work and id not in options.work:
                continue
            values = {own: [], peer: []}
            for _ in range(runs):
                for side in (own, peer):
                    print(f"\r{id}: {side.name} ...".ljust(70), end="", file=sys.stderr, flush=True)
                    values[side].append(measure(side, share))
            ours, theirs = statistics.median(values[own]), statistics.median(values[peer])
            ratio = ours / theirs if more else theirs / ours
            results.append({"id": id, "work": what, "unit": unit, "tegu": ours, "peer": peer.name, "peer_value": theirs, "ratio": ratio})
            print("\r".ljust(71) + f"\r{id:20} {ours:12.4g} {theirs:12.4g} {unit:13} {ratio:8.2f}x", flush=True)
    target = options.build / "bench" / "results.json"
    target.write_text(json.dumps(results, indent=2) + "\n")
    print(f"{'id':20} {'tegu':>12} {'peer':>12} {'unit':13} ratio (above 1: Tegu is better); written to {target}")


if __name__ == "__main__":
    main()
