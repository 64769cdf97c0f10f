"""What the load was told, and what must therefore be true.

A letter's recipient is "acked" (250 was read: it must be there exactly once), "either" (nobody answered, or the answer
was "not now": there once or not at all) or "no" (refused before its data: must not be there). A change over IMAP that
was answered OK is a fact; one that was not is a Group: all of it happened, or nothing.
"""
import collections
import dataclasses
import hashlib
import random
import threading

HOP = "hop.example"
NOISE = bytes(random.Random(7).choice(b"abcdefghijklmnopqrstuvwxyz0123456789 ") for _ in range(1 << 16))


def digest(body):
    return hashlib.sha1(body).hexdigest()[:20]


def make_letter(token, sender, size, noise):
    """(bytes, digest of the body); the body is its own for each token."""
    start = noise.randrange(len(NOISE) // 2)
    lines = [f"body of {token}"]
    while size > 0:
        lines.append(NOISE[start : start + min(70, size)].decode().strip() or "x")
        start, size = (start + 71) % (len(NOISE) - 80), size - 72
    body = ("\r\n".join(lines) + "\r\n").encode()
    head = f"From: {sender}\r\nTo: list:;\r\nDate: Sat, 21 Nov 2026 20:00:00 +0000\r\nSubject: {token}\r\nX-Token: {token}\r\nMessage-ID: <{token}@chaos.example>\r\n\r\n"
    return head.encode() + body, digest(body)


def take_apart(raw):
    """(token, digest of the body) of a letter as it was found."""
    head, _, body = raw.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.startswith(b"X-Token: "):
            return line[9:].strip().decode(), digest(body)
    return None, None


@dataclasses.dataclass
class Letter:
    token: str
    digest: str
    sender: str
    recipients: dict  # address: "acked", "either" or "no"


@dataclasses.dataclass
class Message:
    """One message of a mailbox that a reader knows for sure."""

    token: str
    digest: str  # None: a letter's, see letters
    flags: frozenset
    present: bool = True


@dataclasses.dataclass
class Group:
    """A change without an answer. Its messages are not touched again."""

    kind: str  # append copy move store expunge
    box: str
    uids: list
    target: str
    messages: list
    flags: list  # store: what they would be afterwards


class Account:
    """One account and what its readers know about it."""

    def __init__(self, address, password):
        self.address, self.password = address, password
        self.lock = threading.Lock()
        self.certain = collections.defaultdict(dict)  # mailbox: {uid: Message}
        self.groups = []
        self.validity = {}


class Oracle:
    def __init__(self):
        self.lock = threading.Lock()
        self.letters = {}
        self.answers = collections.Counter()
        self.violations = []
        self.serial = 0

    def token(self, who):
        with self.lock:
            self.serial += 1
            return f"{who}-{self.serial}"

    def violate(self, what):
        with self.lock:
            self.violations.append(what)
        print(f"VIOLATION: {what}", flush=True)

    def note(self, letter):
        with self.lock:
            self.letters[letter.token] = letter
            for state in letter.recipients.values():
                self.answers[f"recipient {state}"] += 1

    def count(self, what, number=1):
        with self.lock:
            self.answers[what] += number
