"""What is measured: experiments that run on several sides, and the rows of the result that they give."""
import dataclasses
import os
import pathlib
import time
import typing

import accounting
import sides
from generators import Crowd, Failed, Watch, load

LIST = "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"


@dataclasses.dataclass
class Sample:
    value: float
    cpu: float = 0.0  # ms of the side's processes for one operation
    extra: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Experiment:
    """measure(side, share) -> {figure: Sample}; share < 1 scales the work down. All sides take turns, `runs`
    times when given. checked: the generator is run against the sink too."""

    name: str
    sides: tuple
    measure: typing.Callable
    runs: int | None = None
    checked: bool = True


@dataclasses.dataclass
class Row:
    """target: the least ratio, None: only to be known; most: the largest value of Tegu's own that is good enough."""

    id: str
    what: str
    unit: str
    more_is_better: bool
    target: float | None
    experiment: Experiment
    figure: str
    peers: tuple
    most: float | None = None


def part(number, share):
    return max(20, int(number * share))


# ---- mail in

def deliver(side, letters, size, sessions, recipients):
    """From the first MAIL until the last letter is visible in its mailbox."""
    with Watch(side, users=20) as watch:
        cpu = side.group.seconds()
        figures = load(side, "smtpload", n=letters, size=size, sessions=sessions, rcpts=recipients)
        seconds = watch.wait(letters, recipients) - figures["smtp.began"]
        cpu = (side.group.seconds() - cpu) * 1000 / letters
    return seconds, cpu, figures


def delivered(size, sessions, recipients, ours, theirs):
    """A side that is ten times as fast gets more letters, so that both work for seconds."""

    def measure(side, share):
        letters = part(theirs if side.key == "postfix" else ours, share)
        seconds, cpu, figures = deliver(side, letters, size, sessions, recipients)
        return {"rate": Sample(letters * recipients / seconds, cpu, {"accept_p50": figures["smtp.lat.p50"]}), "cpu": Sample(cpu, cpu)}

    return measure


def accepted(side, share):
    seconds, cpu, figures = deliver(side, part(500, share), 4096, 1, 1)
    return {"p50": Sample(figures["smtp.lat.p50"], cpu, {"p99": figures["smtp.lat.p99"]})}


def notified(side, share):
    figures = load(side, "imapload", "notify", user="u0", users=1, n=part(20, share), smtp_port=side.smtp)
    return {"p50": Sample(figures["notify.to_exists.p50"], figures["notify.server_cpu"] * 1000, {"accept_p50": figures["notify.smtp_accept.p50"]})}


# ---- mail read: mailboxes of the user "big", filled when first needed; their names tell the sink what they hold

def box(side, count, size, share):
    count = part(count, share)
    name = f"b{count}x{size}"
    if side.key != "sink" and name not in side.filled:
        with side.server.hurried(side) as filler:
            load(filler, "imapload", "fill", user="big", users=1, mailbox=name, n=count, size=size, batch=max(1, min(500, 2**20 // size)))
        side.filled.add(name)
    return name, count


def command(side, text, mailbox, **options):
    figures = load(side, "imapload", "cmd", text, user="big", users=1, mailbox=mailbox, **options)
    return Sample(figures["cmd.p50"], figures["cmd.server_cpu"] * 1000, {"bytes": figures["cmd.bytes"]})


def fetched(text, count, size, rep=3):
    def measure(side, share):
        mailbox, number = box(side, count, size, share)
        literal = number * size * 9 // 10 if "BODY.PEEK[]" in text else 0
        return {"p50": command(side, text, mailbox, warm=1, rep=rep, fetched=number, literal=literal)}

    return measure


def selected(side, share):
    mailbox, number = box(side, 100000, 4096, share)
    return {"p50": command(side, f"SELECT {mailbox}", mailbox, select=0, warm=5, rep=100, exists=number, undo="UNSELECT")}


def selected_first(between):
    """The first SELECT after a restart, with between() called while the side is down."""

    def measure(side, share):
        mailbox, number = box(side, 100000, 4096, share)
        side.server.restart(between)
        time.sleep(2)  # until the processes that start beside the first have started
        return {"p50": command(side, f"SELECT {mailbox}", mailbox, select=0, rep=1, exists=number)}

    return measure


def drop_caches():
    """So that all is read from the disk again, also what others on this machine use."""
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError as error:
        raise Failed(f"the page cache cannot be dropped here, so nothing is cold: {error}") from error


def one_a_command(mode, number):
    def measure(side, share):
        mailbox, count = box(side, 10000, 4096, share)
        figures = load(side, "imapload", mode, user="big", users=1, mailbox=mailbox, n=part(number, share), msgs=count, size=4096, c=10)
        return {"rate": Sample(figures["one.rate"], figures["one.server_cpu"] * 1000, {"p50": figures["one.lat.p50"], "p99": figures["one.lat.p99"]})}

    return measure


def stored_all(side, share):
    mailbox, number = box(side, 10000, 4096, share)
    return {"p50": command(side, "STORE 1:* +FLAGS (\\Flagged)", mailbox, warm=1, rep=3, fetched=number, undo="STORE 1:* -FLAGS.SILENT (\\Flagged)")}


def appended(side, share):
    number = part(1500, share)
    mailbox = f"b{number}x4096append"
    figures = load(side, "imapload", "append", user="big", users=1, mailbox=mailbox, n=number, size=4096, c=10)
    command(side, f"DELETE {mailbox}", mailbox, select=0, rep=1)
    return {"rate": Sample(figures["append.rate"], figures["append.server_cpu"] * 1000, {"p50": figures["append.lat.p50"], "p99": figures["append.lat.p99"]})}


def copied_and_moved(side, share):
    mailbox, number = box(side, 10000, 4096, share)
    copy, moved = mailbox + "copy", mailbox + "moved"
    results = {"copy": command(side, f"COPY 1:* {copy}", mailbox, rep=1, pre=f"CREATE {copy}")}
    command(side, f"SELECT {copy}", copy, select=0, rep=1, exists=number)
    results["move"] = command(side, f"MOVE 1:* {moved}", copy, rep=1, pre=f"CREATE {moved}", expunged=number)
    command(side, f"SELECT {moved}", moved, select=0, rep=1, exists=number)
    for name in (copy, moved):
        command(side, f"DELETE {name}", name, select=0, rep=1)
    return results


# ---- sessions

def logged_in(theirs):
    def measure(side, share):
        number = part(theirs if side.key.endswith("hashed") else 4000, share)
        figures = load(side, "imapload", "login", n=number, c=10)
        return {"rate": Sample(figures["login.rate"], figures["login.server_cpu"] * 1000, {"p50": figures["login.lat.p50"]})}

    return measure


def crowd(side, share):
    number, users = part(5000, share), part(sides.IDLE_USERS, share)
    if accounting.free_memory() < number * 2.2 * 2**20:
        raise Failed(f"{number} connections need {number * 2.2 / 1024:.1f} GiB of free memory: Dovecot has two processes for each")
    if side.key == "tegu":
        side.server.add_idle_users(users)
    side.server.restart()  # memory that earlier works left free would hide the growth
    first = number // 50  # what a server opens once, for the first of its clients, is not the others' memory
    with Crowd(side, first, users):
        before = side.group.memory()
        with Crowd(side, number - first, users):
            return {"kib": Sample((side.group.memory() - before) / (number - first) / 1024)}


READERS = ("tegu", "maildir", "sdbox")
FORMATS = ("maildir", "sdbox")
D4K = Experiment("deliver-4k", ("tegu", "postfix"), delivered(4096, 50, 1, 16000, 1500))
D10 = Experiment("deliver-4k-10", ("tegu", "postfix"), delivered(4096, 50, 10, 4000, 300))
D64K = Experiment("deliver-64k", ("tegu", "postfix"), delivered(65536, 50, 1, 3000, 500))
D1M = Experiment("deliver-1m", ("tegu", "postfix"), delivered(1048576, 10, 1, 1200, 300))
ACCEPT = Experiment("accept", ("tegu", "postfix"), accepted)
NOTIFY = Experiment("notify", ("tegu", "postfix"), notified)
STORE_ONE = Experiment("store-one", READERS, one_a_command("store1", 5000))
STORE_ALL = Experiment("store-10k", READERS, stored_all)
COPY = Experiment("copy-move", READERS, copied_and_moved)


def read(id, what, target, text, count, size, rep=3):
    return Row(id, what, "ms", False, target, Experiment(id, READERS, fetched(text, count, size, rep)), "p50", FORMATS)


ROWS = [
    Row("deliver-4k-50x1", "4 KB letters, 50 sessions, 1 recipient: delivered and visible", "letters/s", True, 20, D4K, "rate", ("postfix",)),
    Row("deliver-4k-50x10", "4 KB letters, 50 sessions, 10 recipients: delivered and visible", "recipients/s", True, 25, D10, "rate", ("postfix",)),
    Row("accept-4k-1", "4 KB letters, one session: MAIL to 250, median", "ms", False, 1.5, ACCEPT, "p50", ("postfix",)),
    Row("deliver-64k-50", "64 KB letters, 50 sessions: delivered and visible", "letters/s", True, 8, D64K, "rate", ("postfix",)),
    Row("deliver-1m-10", "1 MB letters, 10 sessions: delivered and visible", "letters/s", True, 4, D1M, "rate", ("postfix",)),
    Row("cpu-deliver-4k", "CPU for a delivered 4 KB letter, all processes", "ms", False, 15, D4K, "cpu", ("postfix",)),
    Row("notify", "end of DATA to EXISTS at an idle client, median", "ms", False, 60, NOTIFY, "p50", ("postfix",)),
    read("fetch-envelope-10k", "FETCH 1:* (ENVELOPE) of 10,000", 2, "FETCH 1:* (ENVELOPE)", 10000, 4096),
    read("fetch-list-10k", f"{LIST} of 10,000", 2, LIST, 10000, 4096),
    read("body-4k", "FETCH 1:* (BODY.PEEK[]) of 10,000 x 4 KB", 1, "FETCH 1:* (BODY.PEEK[])", 10000, 4096),
    read("body-64k", "FETCH 1:* (BODY.PEEK[]) of 1,000 x 64 KB", 1, "FETCH 1:* (BODY.PEEK[])", 1000, 65536),
    read("body-1m", "FETCH 1:* (BODY.PEEK[]) of 100 x 1 MB", 1, "FETCH 1:* (BODY.PEEK[])", 100, 1048576),
    Row("fetch-one", "UID FETCH of one 4 KB body a command, 10 connections", "commands/s", True, 1.5, Experiment("fetch-one", READERS, one_a_command("fetch1", 20000)), "rate", FORMATS),
    Row("store-one-maildir", "UID STORE of one flag a command, 10 connections", "commands/s", True, 1.5, STORE_ONE, "rate", ("maildir",)),
    Row("store-one-sdbox", "UID STORE of one flag a command, 10 connections", "commands/s", True, 0.5, STORE_ONE, "rate", ("sdbox",)),
    Row("store-10k-sdbox", "STORE 1:* +FLAGS that changes 10,000", "ms", False, 1, STORE_ALL, "p50", ("sdbox",)),
    Row("store-10k-maildir", "STORE 1:* +FLAGS that changes 10,000", "ms", False, 20, STORE_ALL, "p50", ("maildir",)),
    Row("append-4k", "APPEND 4 KB, 10 connections, one mailbox", "appends/s", True, 2, Experiment("append", READERS, appended), "rate", FORMATS),
    Row("copy-10k", "COPY 1:* of 10,000", "ms", False, 5, COPY, "copy", FORMATS),
    Row("move-10k", "MOVE 1:* of 10,000", "ms", False, 5, COPY, "move", FORMATS),
    Row("select-100k", "SELECT of 100,000, selected and left before", "ms", False, 0.5, Experiment("select", READERS, selected), "p50", FORMATS),
    read("fetch-flags-100k", "FETCH 1:* (FLAGS) of 100,000", 2, "FETCH 1:* (FLAGS)", 100000, 4096),
    read("fetch-envelope-100k", "FETCH 1:* (ENVELOPE) of 100,000", 4, "FETCH 1:* (ENVELOPE)", 100000, 4096),
    Row("select-100k-cold", "first SELECT of 100,000 after a restart, page cache dropped", "ms", False, 5,
        Experiment("select-cold", READERS, selected_first(drop_caches), checked=False), "p50", FORMATS),
    Row("select-100k-restart", "first SELECT of 100,000 after a restart, page cache kept", "ms", False, None,
        Experiment("select-restart", READERS, selected_first(lambda: None), checked=False), "p50", FORMATS),
    Row("login-tuned", "connect, LOGIN, LOGOUT, 10 at a time; yescrypt, no TLS; login processes that stay", "logins/s", True, 2,
        Experiment("login-tuned", ("tegu", "tuned-hashed"), logged_in(400)), "rate", ("tuned-hashed",)),
    Row("login-default", "connect, LOGIN, LOGOUT, 10 at a time; yescrypt, no TLS; configuration as shipped", "logins/s", True, 20,
        Experiment("login-default", ("tegu", "default-hashed"), logged_in(200)), "rate", ("default-hashed",)),
    Row("idle-memory", "memory for an idle TLS connection (LOGIN, SELECT, IDLE), 5,000 of 1,000 users", "KiB", False, 15,
        Experiment("idle", ("tegu", "default"), crowd, runs=1, checked=False), "kib", ("default",), most=24),
]
