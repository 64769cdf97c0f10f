"""Runs the load tools against a side and reads their figures."""
import subprocess
import tempfile
import time

TOOLS = None  # folder of smtpload and imapload, set by run.py


class Failed(Exception):
    """A generator met a refusal, lost letters or answers: there is no figure."""


class Figures(dict):
    """name -> value of a load tool's lines."""

    def __init__(self, text):
        super().__init__()
        for line in text.splitlines():
            parts = line.split("\t")
            if len(parts) == 3:
                self[parts[0]] = float(parts[1])


def words(side, tool, user="u", users=20, **options):
    named = {"host": "127.0.0.1", "user": side.prefix + user, "users": users, "server_cpu": side.group.cpu_file}
    if tool == "smtpload":
        named |= {"port": side.smtp, "domain": "bench.test"}
    else:
        named |= {"port": side.imap, "domain": side.login_domain, "pass": "pw"}
    return [str(TOOLS / tool), *(f"{key}={value}" for key, value in (named | options).items())]


def check(process, side, output=""):
    if process.returncode != 0:
        process.stderr_file.seek(0)
        raise Failed(f"{' '.join(process.args)} against {side.key}: status {process.returncode}\n{output}{process.stderr_file.read()[-2000:]}")


def start(side, tool, *modes, **options):
    command = words(side, tool, **options)
    errors = tempfile.TemporaryFile("w+")
    process = subprocess.Popen([command[0], *modes, *command[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
    process.stderr_file = errors
    return process


def load(side, tool, *modes, **options):
    """Runs a generator; it must end well."""
    process = start(side, tool, *modes, **options)
    output, _ = process.communicate(timeout=900)
    check(process, side, output)
    return Figures(output)


class Watch:
    """Sees letters arrive: open IMAP connections of all recipients, so that neither logging in nor the start
    of a program is part of a figure."""

    def __init__(self, side, users):
        self.side = side
        self.process = start(side, "imapload", "watch", users=users)

    def __enter__(self):
        self.line()
        return self

    def line(self):
        text = self.process.stdout.readline()
        if not text:
            self.process.wait()
            check(self.process, self.side)
            raise Failed("the watch ended")
        return text

    def wait(self, letters, recipients):
        """Until so many more letters of smtpload are visible; returns when they were (CLOCK_MONOTONIC)."""
        self.process.stdin.write(f"{letters} {recipients}\n")
        self.process.stdin.flush()
        return float(self.line())

    def __exit__(self, *_):
        self.process.communicate(timeout=60)


class Crowd:
    """Connections over TLS in IDLE, held until the end of the block."""

    def __init__(self, side, connections, users):
        self.side = side
        self.process = start(side, "imapload", "idle", user="idle", users=users, n=connections, port=side.imaps, tls=1)

    def __enter__(self):
        seen = ""
        while True:
            line = self.process.stdout.readline()
            if line == "holding\n":
                time.sleep(3)
                return self
            if not line:
                self.process.wait()
                check(self.process, self.side, seen)
                raise Failed("the crowd ended")
            seen += line

    def __exit__(self, *_):
        self.process.communicate(timeout=120)
        check(self.process, self.side)
