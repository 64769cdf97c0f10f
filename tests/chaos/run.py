#!/usr/bin/env python3
"""Breaks Tegu on purpose and counts letters: two nodes on one database, 20 sessions that send, 10 that read and change.

    run.py --build build-chaos --cycles 2000 --cuts 100 --seed 1      (make chaos CYCLES=2000 SEED=1)

A cycle kills -9 a daemon or PostgreSQL, at a failpoint or at any time, several at once now and then, and waits until
it is back. Every answer that a client read is kept with a hash of what it was about (oracle.py); after each ROUND of
cycles, the load stops, the queue drains, and all of it is compared with what the server shows and with the tables
(check.py). Before that, so many COMMITs of the second node are cut by a proxy (proxy.py).

Failpoints are named places of the daemons (lib/base/failpoint.h), in builds with TEGU_FAILPOINTS=ON only. Their names
are read from the sources; name:n:kill|sleep|error is armed through <name>.ctl, {"op":"failpoint","list":"..."}, or by
the environment variable TEGU_FAILPOINTS of a daemon. A new one is found by itself, and a run that never killed at one
of them says so.

The same seed makes the same choices; what meets when is up to the machine.
"""
import argparse
import os
import pathlib
import random
import shutil
import signal
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

KINDS = ["smtp"] * 6 + ["many"] * 4 + ["submission"] * 6 + ["lmtp"] * 4
READERS = 10
SETTINGS = {"queue.retry": "1s,1s,2s", "queue.lease_time": "30s", "mailbox.checkpoint_changes": 10, "auth.hash_cost": 1, "smtp.error_delay": "0s",
            "smtp.connections_per_address": 1000, "imap.connections_per_address": 1000}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parents[1] / "build-chaos")
    parser.add_argument("--cycles", type=int, default=2000)
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0, help="end the cycles after so long (0: never)")
    parser.add_argument("--round", type=int, default=250, help="cycles between two checks")
    parser.add_argument("--pace", type=float, default=1.0, help="pauses of the sessions: larger is slower")
    parser.add_argument("--keep", action="store_true", help="leave the servers running after a violation, to look at")
    return parser.parse_args()


chosen = options()
# What kill -9 leaves is in the system's hands, on a disk as in memory; there it disturbs nobody.
if pathlib.Path("/dev/shm").is_dir():
    os.environ.setdefault("TEGU_TEST_FOLDER", "/dev/shm")
os.environ["TEGU_BIN"] = str((chosen.build / "bin").resolve())

import check  # noqa: E402
import faults  # noqa: E402
import hop as hops  # noqa: E402
import oracle as oracles  # noqa: E402
import readers  # noqa: E402
import senders  # noqa: E402
import tegu  # noqa: E402


class World:
    """What sessions, controller and checker share."""

    def __init__(self):
        self.oracle = oracles.Oracle()
        self.noise = random.Random(f"{chosen.seed} controller")
        self.pause = (0.02 * chosen.pace, 0.3 * chosen.pace)
        self.stop = threading.Event()
        self.rounds, self.ends = 0, []
        self.one = tegu.Instance(settings=SETTINGS)
        self.one.__enter__()
        self.postgres = faults.Postgres(self.one)
        self.cutter = faults.Cutter(self.postgres)
        database = self.one.ctl_json("status")["database"].replace(str(self.postgres.folder.resolve()), str(self.cutter.folder))
        assert str(self.cutter.folder) in database, database
        self.two = tegu.Instance(database=database)
        self.two.__enter__()
        self.nodes = [faults.Node("one", self.one), faults.Node("two", self.two)]
        self.hop = hops.Hop(chosen.seed)
        self.one.ctl("route", "add", oracles.HOP, f"smtp://127.0.0.1:{self.hop.port}")
        self.controller = faults.Controller(self.nodes, self.postgres, self.noise, self.oracle)
        self.sampler = check.Sampler(self.postgres, self.oracle)

    # ---- a round: its own accounts, so that what must be compared stays small

    def begin_round(self):
        self.rounds += 1
        name = f"{self.rounds}.example.org"
        self.one.ctl("domain", "add", name)
        def accounts(prefix, count):
            made = [self.one.account(f"{prefix}{number}@{name}") for number in range(count)]
            return [oracles.Account(account.address, account.password) for account in made]
        self.receivers, self.submitters, self.accounts = accounts("r", 8), accounts("s", 3), accounts("w", READERS // 2)
        self.accounts_of_readers = len(self.accounts)
        self.locals = [account.address for account in self.receivers + self.accounts]
        for number, account in enumerate(self.accounts):
            with tegu.Account(self.one, account.address, account.password).imap() as client:
                for box in ("Shared", *(f"{letter}{n}" for n in (number, number + self.accounts_of_readers) for letter in "AB")):
                    assert client.create(box)[0] == "OK", box
        self.stop = threading.Event()
        seed = f"{chosen.seed} {self.rounds}"
        self.sessions = [senders.Sender(number, kind, self, seed) for number, kind in enumerate(KINDS)]
        self.sessions += [readers.Reader(number, self.accounts[number % len(self.accounts)], self, seed) for number in range(READERS)]
        for session in self.sessions:
            session.start()

    def flows(self):
        """A run in which nothing was acknowledged would prove nothing."""
        told = self.oracle.answers
        kinds = {address.split("@")[1] == oracles.HOP for letter in list(self.oracle.letters.values()) for address, state in letter.recipients.items() if state == "acked"}
        return kinds == {True, False} and all(told[f"{kind} acked"] for kind in ("append", "store", "copy", "move", "expunge"))

    def end_round(self):
        tegu.wait_until("mail flows, and readers change it", self.flows, 120, 0.2)
        for node in self.nodes:
            for daemon in faults.DAEMONS:
                node.arm(daemon, "")
        self.stop.set()
        for session in self.sessions:
            session.join(120)
            if session.is_alive():
                self.oracle.violate(f"session {session.number} hangs")
        check.Round(self).run()

    def cut(self, count):
        """COMMITs cut while nothing else is broken."""
        already = len(self.cutter.cuts)
        while (done := len(self.cutter.cuts) - already) < count:
            self.cutter.cut(self.noise.choice(("before", "sent", "answered")))
            tegu.wait_until("a COMMIT to cut", lambda: len(self.cutter.cuts) - already > done, 60, 0.01)
            time.sleep(self.noise.uniform(0, 0.15))

    def close(self):
        self.sampler.close()
        self.two.down()
        self.one.down()
        for node in self.nodes:
            shutil.copy(node.instance.state / "tegu.log", chosen.build / f"chaos-{node.name}.log")
        self.cutter.close()


def break_things(world):
    start = time.monotonic()
    end = start + chosen.seconds if chosen.seconds else None
    done = 0
    while done < chosen.cycles and not (end and time.monotonic() > end):
        world.begin_round()
        for _ in range(min(chosen.round, chosen.cycles - done)):
            if end and time.monotonic() > end:
                break
            world.controller.cycle()
            if chosen.cuts and world.noise.random() < 0.1:
                world.cutter.cut(world.noise.choice(("before", "sent", "answered")))
            done += 1
            if done % 25 == 0:
                print(f"{done} cycles in {time.monotonic() - start:.0f} s, {len(world.controller.kills)} kills, {len(world.oracle.letters)} letters, "
                      f"{len(world.oracle.violations)} violations", flush=True)
        world.end_round()
    return done, time.monotonic() - start


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    world = World()
    try:
        cuts = 0
        if chosen.cuts:
            world.begin_round()
            world.cut(chosen.cuts)
            cuts = len(world.cutter.cuts)
            world.end_round()
            print(f"{cuts} COMMITs cut: {check.summary(world)}, without an answer {check.unanswered(world)}", flush=True)
        cycles, seconds = break_things(world)
        check.end(world)
        check.own_ends(world)
        check.report(world, cycles, seconds, cuts)
        if world.oracle.violations and chosen.keep:
            print(f"kept: {world.one.state} {world.two.state}; press return", flush=True)
            sys.stdin.readline()
        return 1 if world.oracle.violations else 0
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
