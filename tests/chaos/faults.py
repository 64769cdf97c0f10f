"""Nodes, and the ways to break them: failpoints, kill -9 at any time, PostgreSQL's death, cut COMMITs."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import tegu

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE.parents[1]
DAEMONS = ("tegu-smtpd", "tegu-router", "tegu-queue", "tegu-imapd")
# Whose failpoints have a name that begins so; several: each of them passes there.
OWNERS = {"smtpd": ["tegu-smtpd"], "router": ["tegu-router"], "queue": ["tegu-queue"], "relay": ["tegu-queue"],
          "imapd": ["tegu-imapd"], "mailbox": ["tegu-imapd"], "pg": ["tegu-queue", "tegu-imapd"]}
# Places that are met only when something else is broken: what is armed beside, and in which daemon.
BESIDE = {"queue.route.told": ("tegu-router", ",".join(["router.rcpt:1:error"] * 40))}


def failpoints():
    """All places, from the sources: [(daemon, name)]."""
    names = set()
    for folder in ("lib", "bin"):
        for path in (SOURCES / folder).rglob("*.cpp"):
            names.update(re.findall(r'failpoint(?:<[\w:]+>)?\("([\w.]+)"\)', path.read_text()))
    return sorted((daemon, name) for name in names for daemon in OWNERS[name.split(".")[0]])


def parent_of(pid):
    with contextlib.suppress(OSError):
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return None


def alive(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False


class Node:
    def __init__(self, name, instance):
        self.name, self.instance, self.run = name, instance, instance.state / "run"

    def control(self, daemon, op, timeout=2, **words):
        """The answer of a daemon's control socket; None when it does not answer."""
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(timeout)
                link.connect(str(self.run / f"{daemon[5:]}.ctl"))
                link.sendall(b'{"protocol":"tegu-control","version":1}\n' + json.dumps({"id": 1, "op": op, **words}).encode() + b"\n")
                lines = link.makefile("rb")
                lines.readline()
                return json.loads(lines.readline())
        except (OSError, ValueError):
            return None

    def pid(self, daemon):
        """Of the daemon when it is ready, else None."""
        answer = self.control(daemon, "status")
        return answer["pid"] if answer and answer.get("ok") and answer["state"] == "ready" else None

    def arm(self, daemon, text):
        answer = self.control(daemon, "failpoint", list=text)
        if answer and not answer["ok"]:
            raise AssertionError(f"arming {text}: {answer}")
        return answer is not None


class Postgres:
    def __init__(self, instance):
        self.folder = instance.state / "database"

    def pid(self):
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
            return pid if alive(pid) else None
        return None

    def backends(self):
        pid = self.pid()
        children = (int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit())
        return sorted(child for child in children if pid and parent_of(child) == pid)

    def query(self, sql, timeout=120):
        """Rows as lists of texts, as the owner; raises while the database is away."""
        words = ["psql", "-X", "-q", "-At", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "tegu_owner", "tegu", "-c", sql]
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            raise ConnectionError(done.stderr.strip())
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def answers(self):
        with contextlib.suppress(ConnectionError, subprocess.TimeoutExpired):
            return self.query("SELECT 1", 5) == [["1"]]
        return False


class Cutter:
    """The proxy as a process; what it has cut."""

    def __init__(self, postgres):
        self.folder, self.cuts = tegu.folder("tegu-proxy-"), []
        words = [sys.executable, HERE / "proxy.py", postgres.folder, self.folder]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert json.loads(self.process.stdout.readline()) == {"ready": True}
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        for line in self.process.stdout:
            self.cuts.append(json.loads(line))

    def cut(self, how):
        self.process.stdin.write(f"cut {how}\n")
        self.process.stdin.flush()

    def close(self):
        self.process.kill()
        self.process.wait()


class Controller:
    """Breaks things by seed and waits until they are whole again."""

    def __init__(self, nodes, postgres, noise, oracle):
        self.nodes, self.postgres, self.random, self.oracle = nodes, postgres, noise, oracle
        self.points = failpoints()
        self.hits = {point: 0 for point in self.points}
        self.missed = 0
        self.kills = []  # (time, node, daemon)
        self.slowest = 0.0

    def kill(self, pid, node, victim):
        with contextlib.suppress(ProcessLookupError, TypeError):
            os.kill(pid, signal.SIGKILL)
            self.kills.append((time.time(), node and node.name, victim))
            return True
        return False

    def wait_ready(self, node, daemon, before):
        start = time.monotonic()
        tegu.wait_until(f"{daemon} of {node.name} is back", lambda: node.pid(daemon) not in (None, before), 90, 0.01)
        self.slowest = max(self.slowest, time.monotonic() - start)

    def wait_postgres(self, before):
        start = time.monotonic()
        tegu.wait_until("PostgreSQL is back", lambda: self.postgres.pid() not in (None, before) and self.postgres.answers(), 120, 0.02)
        self.slowest = max(self.slowest, time.monotonic() - start)

    # ---- what a cycle may do

    def at_failpoint(self, point):
        """Kills at a place; anyhow when it is not reached soon."""
        daemon, name = point
        node = self.random.choice(self.nodes)
        before = tegu.wait_until(f"{daemon} of {node.name}", lambda: node.pid(daemon), 90)
        passage = self.random.choice((1, 1, 1, 2, 3, 5))
        if name in BESIDE:
            beside, armed = BESIDE[name]
            node.arm(beside, armed)
        if not node.arm(daemon, f"{name}:{passage}:kill"):
            return
        end = time.monotonic() + 2.5
        while alive(before) and time.monotonic() < end:
            time.sleep(0.005)
        if alive(before):
            self.missed += 1
            self.kill(before, node, daemon)
        else:
            self.hits[point] += 1
            self.kills.append((time.time(), node.name, daemon))
        if name in BESIDE:
            node.arm(BESIDE[name][0], "")
        self.wait_ready(node, daemon, before)

    def at_random(self, victims):
        time.sleep(self.random.uniform(0, 0.6))
        struck = []
        for node, daemon in victims:
            before = self.postgres.pid() if daemon == "postgres" else node.pid(daemon)
            if before and self.kill(before, node, daemon):
                struck.append((node, daemon, before))
        for node, daemon, before in sorted(struck, key=lambda s: s[1] != "postgres"):
            if daemon == "postgres":
                self.wait_postgres(before)
            else:
                self.wait_ready(node, daemon, before)

    def one_backend(self):
        """One server process dies: PostgreSQL ends all others and recovers."""
        backends = self.postgres.backends()
        if backends:
            self.kill(self.random.choice(backends), None, "postgres backend")
        time.sleep(0.05)
        tegu.wait_until("PostgreSQL is back", self.postgres.answers, 120, 0.02)

    def trouble(self):
        """A place that fails or hesitates instead of dying; not a cycle of its own."""
        daemon, name = self.random.choice(self.points)
        self.random.choice(self.nodes).arm(daemon, f"{name}:1:{self.random.choice(('error', 'sleep'))}")

    def cycle(self):
        start, kills = time.monotonic(), len(self.kills)
        self.break_something()
        if (took := time.monotonic() - start) > 4:
            print(f"a cycle of {took:.1f} s: {[f'{daemon} of {node}' if node else daemon for _, node, daemon in self.kills[kills:]]}", flush=True)

    def break_something(self):
        if self.random.random() < 0.15:
            self.trouble()
        choice = self.random.random()
        everything = [(node, daemon) for node in self.nodes for daemon in DAEMONS] + [(None, "postgres")]
        if choice < 0.60:
            least = min(self.hits.values())
            rare = [point for point in self.points if self.hits[point] <= least + 1]
            self.at_failpoint(self.random.choice(rare if self.random.random() < 0.5 else self.points))
        elif choice < 0.80:
            self.at_random([self.random.choice(everything)])
        elif choice < 0.90:
            self.at_random(self.random.sample(everything, self.random.randrange(2, 5)))
        elif choice < 0.96:
            self.at_random([(None, "postgres")])
        else:
            self.one_backend()
