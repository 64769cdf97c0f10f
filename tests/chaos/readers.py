"""Sessions that read and change over IMAP. Each knows for sure what its own messages are like, and says so when the
server shows something else. Two of them share an account, on whatever node: A<n> and B<n> are a reader's own, Shared
and Archive and INBOX are both readers'."""
import imaplib
import random
import re
import threading

import oracle
import tegu

FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$Chaos", "Label1"]
imaplib._MAXLINE = 1 << 30


class NotDone(Exception):
    """The server said NO."""


def numbers(text):
    """"1:3,5" as [1, 2, 3, 5]."""
    out = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        out.extend(range(int(first), int(last or first) + 1))
    return out


def flags_of(line):
    return frozenset(flag for flag in re.search(rb"FLAGS \(([^)]*)\)", line).group(1).decode().split() if flag != "\\Recent")


class Reader(threading.Thread):
    def __init__(self, number, account, world, seed):
        super().__init__(daemon=True)
        self.number, self.account, self.world = number, account, world
        self.random = random.Random(f"{seed} reader {number}")
        self.imap, self.box, self.sent = None, None, False
        self.own = (f"A{number}", f"B{number}", "Shared")
        self.known = {box: {} for box in (*self.own, "INBOX", "Archive")}  # my messages: {uid: Message}, present and certain
        self.seen_inbox = 0

    def run(self):
        while not self.world.stop.is_set():
            try:
                if self.imap is None:
                    self.connect()
                self.step()
            except NotDone as error:
                self.world.oracle.count(f"reader: NO {str(error)[:60]}")
            except (imaplib.IMAP4.abort, OSError) as error:
                self.world.oracle.count(f"reader: {type(error).__name__}")
                self.drop()
            except imaplib.IMAP4.error as error:
                if self.imap is not None and self.imap.state in ("AUTH", "SELECTED"):
                    self.world.oracle.violate(f"reader {self.number}: {error}")
                self.drop()
            self.world.stop.wait(self.random.uniform(*self.world.pause))
        self.drop()

    def drop(self):
        if self.imap:
            try:
                self.imap.shutdown()
            except OSError:
                pass
        self.imap, self.box = None, None
        self.world.stop.wait(self.random.uniform(0.05, 0.2))

    def connect(self):
        node = self.random.choice(self.world.nodes)
        self.imap = imaplib.IMAP4_SSL("127.0.0.1", node.instance.port("imaps"), ssl_context=tegu.trusting(), timeout=60)
        self.imap.login(self.account.address, self.account.password)

    # ---- one command, and what its answer says

    def ask(self, function, *words):
        status, answer = function(*words)
        if status != "OK":
            raise NotDone(answer[0].decode(errors="replace") if answer and answer[0] else "?")
        return answer

    def select(self, box, again=False):
        if self.box == box and not again:
            return
        self.box = None
        self.ask(self.imap.select, box)
        validity = self.imap.response("UIDVALIDITY")[1][0]
        with self.account.lock:
            if self.account.validity.setdefault(box, validity) != validity:
                self.world.oracle.violate(f"UIDVALIDITY of {self.account.address} {box} changed")
        self.box = box

    def change(self, group, function, *words):
        """Runs a command that changes something; without an OK the group stays open and its messages are given up."""
        self.imap.response("COPYUID"), self.imap.response("APPENDUID")
        try:
            answer = self.ask(function, *words)
        except (NotDone, OSError, imaplib.IMAP4.error):
            with self.account.lock:
                self.account.groups.append(group)
                for uid in group.uids:
                    self.known[group.box].pop(uid, None)
                    self.account.certain[group.box].pop(uid, None)
            self.world.oracle.count(f"{group.kind} either")
            raise
        self.world.oracle.count(f"{group.kind} acked")
        return answer

    def learn(self, box, uid, message):
        with self.account.lock:
            before = self.account.certain[box].get(uid)
            if before is not None and (before.token != message.token or not before.present):
                self.world.oracle.violate(f"UID {uid} of {self.account.address} {box} was given twice")
            self.account.certain[box][uid] = message
        self.known[box][uid] = message

    def forget(self, box, uids):
        with self.account.lock:
            for uid in uids:
                message = self.known[box].pop(uid)
                message.present = False

    def some(self, box, most=6):
        uids = sorted(self.known[box])
        return sorted(self.random.sample(uids, min(len(uids), self.random.randrange(1, most + 1))))

    def numbers_told(self, name):
        told = self.imap.response(name)[1]
        return told[-1].decode().split() if told and told[-1] else None

    # ---- the work

    def step(self):
        choices = ((self.append, 30), (self.store, 25), (self.copy, 12), (self.move, 14), (self.expunge, 12), (self.look, 10), (self.take_letters, 10))
        self.random.choices([c for c, _ in choices], [w for _, w in choices])[0]()

    def mine(self, boxes):
        full = [box for box in boxes if self.known[box]]
        return self.random.choice(full) if full else None

    def append(self):
        box = self.random.choice(self.own)
        token = self.world.oracle.token(f"A{self.number}")
        size = self.random.choice((100, 1000, 4000)) if self.random.random() > 0.03 else self.random.randrange(70_000, 300_000)
        letter, digest = oracle.make_letter(token, self.account.address, size, self.random)
        flags = frozenset(self.random.sample(FLAGS, self.random.randrange(3)))
        message = oracle.Message(token, digest, flags)
        group = oracle.Group("append", box, [], box, [message], [])
        self.change(group, self.imap.append, box, "(" + " ".join(flags) + ")", None, letter)
        self.learn(box, int(self.numbers_told("APPENDUID")[1]), message)

    def store(self):
        box = self.mine((*self.own, "INBOX", "Archive"))
        if box is None:
            return
        self.select(box)
        uids = self.some(box)
        how, flags = self.random.choice(("+FLAGS", "-FLAGS", "FLAGS")), frozenset(self.random.sample(FLAGS, self.random.randrange(1, 3)))
        now = [self.known[box][uid].flags for uid in uids]
        after = [old | flags if how == "+FLAGS" else old - flags if how == "-FLAGS" else flags for old in now]
        group = oracle.Group("store", box, uids, box, [self.known[box][uid] for uid in uids], after)
        silent = self.random.choice(("", ".SILENT"))
        self.change(group, self.imap.uid, "STORE", ",".join(map(str, uids)), how + silent, "(" + " ".join(flags) + ")")
        with self.account.lock:
            for uid, new in zip(uids, after):
                self.known[box][uid].flags = new

    def copy(self):
        box = self.mine(self.own)
        if box is not None:
            self.transfer("copy", box, self.random.choice([other for other in self.own if other != box]))

    def move(self):
        box = self.mine((*self.own, "INBOX"))
        if box is not None:
            target = "Archive" if box == "INBOX" else self.random.choice([other for other in self.own if other != box])
            self.transfer("move", box, target)

    def transfer(self, kind, box, target):
        there = {message.token for message in self.known[target].values()} | self.given_up(target)
        uids = [uid for uid in self.some(box) if self.known[box][uid].token not in there]
        if not uids or len({self.known[box][uid].token for uid in uids}) < len(uids):
            return
        self.select(box)
        messages = [self.known[box][uid] for uid in uids]
        # Copied messages stay as they are, whatever happens; only the copies are in doubt.
        leaving = uids if kind == "move" else []
        group = oracle.Group(kind, box, leaving, target, messages, [])
        self.change(group, self.imap.uid, kind.upper(), ",".join(map(str, uids)), target)
        if self.arrive(box, uids, target, messages):
            self.forget(box, leaving)

    def given_up(self, box):
        """Tokens that may be there or not."""
        with self.account.lock:
            return {message.token for group in self.account.groups if box in (group.box, group.target) for message in group.messages}

    def arrive(self, box, uids, target, messages):
        told = self.numbers_told("COPYUID")
        if told is None or numbers(told[1]) != uids or len(numbers(told[2])) != len(uids):
            self.world.oracle.violate(f"{self.account.address} {box} {uids} to {target}: COPYUID {told}")
            return False
        for uid, message in zip(numbers(told[2]), messages):
            self.learn(target, uid, oracle.Message(message.token, message.digest, message.flags))
        return True

    def expunge(self):
        box = self.mine(self.own)
        if box is None or len(self.known[box]) < 4:
            return
        self.select(box)
        uids = self.some(box, 3)
        words = ",".join(map(str, uids))
        messages = [self.known[box][uid] for uid in uids]
        marked = [message.flags | {"\\Deleted"} for message in messages]
        self.change(oracle.Group("store", box, uids, box, messages, marked), self.imap.uid, "STORE", words, "+FLAGS.SILENT", "(\\Deleted)")
        with self.account.lock:
            for message, flags in zip(messages, marked):
                message.flags = flags
        self.change(oracle.Group("expunge", box, uids, box, messages, []), self.imap.uid, "EXPUNGE", words)
        self.forget(box, uids)

    def fetch_flags(self):
        found = {}
        for line in self.ask(self.imap.uid, "FETCH", "1:*", "(UID FLAGS)"):
            if line:
                found[int(re.search(rb"UID (\d+)", line).group(1))] = flags_of(line)
        return found

    def look(self):
        """What is certain must be what is shown, at once and on every node."""
        box = self.mine((*self.own, "INBOX", "Archive"))
        if box is None:
            return
        self.select(box, again=True)
        shown = self.fetch_flags()
        for uid, message in self.known[box].items():
            if uid not in shown:
                self.world.oracle.violate(f"{self.account.address} {box} UID {uid} ({message.token}) is not shown")
            elif shown[uid] != message.flags:
                self.world.oracle.violate(f"{self.account.address} {box} UID {uid} ({message.token}) has flags {sorted(shown[uid])}, not {sorted(message.flags)}")
        self.world.oracle.count("looks")

    def take_letters(self):
        """Letters that others sent become mine to change: those of my parity of UIDs."""
        self.select("INBOX", again=True)
        parts = self.ask(self.imap.uid, "FETCH", f"{self.seen_inbox + 1}:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (X-TOKEN)])")
        for part in parts:
            if not isinstance(part, tuple):
                continue
            uid = int(re.search(rb"UID (\d+)", part[0]).group(1))
            if uid <= self.seen_inbox:
                continue
            self.seen_inbox = max(self.seen_inbox, uid)
            token, _ = oracle.take_apart(part[1])
            if uid % 2 == self.number // self.world.accounts_of_readers % 2 and token:
                self.learn("INBOX", uid, oracle.Message(token, None, flags_of(part[0])))
