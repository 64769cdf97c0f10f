"""A letter of many megabytes passes every way through the daemons without any of them growing with it, and
comes out as it went in. TEGU_LARGE_LETTER: its size in MiB (64)."""
import base64
import contextlib
import os
import random
import socket
import unittest

import tegu

SIZE = int(os.environ.get("TEGU_LARGE_LETTER", "64")) << 20
MOST = 32 << 20  # octets that a daemon may grow
DAEMONS = ("tegu-smtpd", "tegu-queue", "tegu-imapd", "tegu-router")
NEEDLE = "Fernsprechvermittlung"


def make_letter():
    """A third of text, a third of 8-bit HTML, a third of base64, and a word at the very end."""
    noise = random.Random(5)
    text = b"".join(b"line %d of a long report, %x\r\n" % (number, noise.getrandbits(60)) for number in range(10000))
    html = "".join(f"<p>строка {number}: {noise.getrandbits(60):x}</p>\r\n" for number in range(10000)).encode()
    binary = noise.randbytes(3 << 20)
    encoded = base64.encodebytes(binary).replace(b"\n", b"\r\n")
    third = SIZE // 3
    parts = [
        b"Content-Type: text/plain\r\n\r\n" + text * (third // len(text) + 1),
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + html * (third // len(html) + 1),
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded * (third // len(encoded) + 1),
        b"Content-Type: text/plain\r\n\r\nThe last word is " + NEEDLE.encode() + b".\r\n",
    ]
    head = b"From: alice@example.org\r\nTo: bob@example.net\r\nDate: Sat, 21 Nov 2026 20:00:00 +0000\r\nSubject: large\r\nMessage-ID: <large@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n"
    letter = head + b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return letter, parts, binary * (third // len(encoded) + 1)


def resident(pid, name):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(name + ":"):
                return int(line.split()[1]) << 10
    raise AssertionError(name)


class Growth:
    """The daemons of an instance: how far each is above its idle size at its highest."""

    def __init__(self, instance):
        self.idle = {(daemon, pid): resident(pid, "VmRSS") for daemon in DAEMONS for pid in instance.pids(daemon)}
        assert len(self.idle) >= len(DAEMONS)

    @contextlib.contextmanager
    def bounded(self, test, way):
        for _, pid in self.idle:
            with open(f"/proc/{pid}/clear_refs", "w") as reset:
                reset.write("5")
        yield
        for (daemon, pid), idle in self.idle.items():
            grown = resident(pid, "VmHWM") - idle
            if os.environ.get("TEGU_LARGE_LETTER"):
                print(f"{way}: {daemon} {grown / 1048576:+.1f} MiB")
            test.assertLess(grown, MOST, f"{way}: {daemon} grew by {grown >> 20} MiB")


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.letter, cls.parts, cls.binary = make_letter()
        settings = {"smtp.message_size_limit": "512M", "queue.retry": "1s,2s"}
        cls.here = cls.enter(tegu.Instance(settings=settings))
        cls.there = cls.enter(tegu.Instance(settings=settings, domain="example.net"))
        cls.alice = cls.here.account("alice@example.org")
        cls.bob = cls.there.account("bob@example.net")
        cls.here.ctl("route", "add", "example.net", f"smtp://127.0.0.1:{cls.there.port('smtp')}")
        cls.there.ctl("route", "add", "example.org", f"smtp://127.0.0.1:{cls.here.port('smtp')}")
        # Idle is what a daemon has after it did everything once.
        small = b"Subject: small\r\n\r\nsmall\r\n"
        with cls.here.smtp("submissions", cls.alice) as client:
            client.sendmail(cls.alice.address, [cls.alice.address, cls.bob.address], small)
        cls.alice.wait_count(1)
        cls.bob.wait_count(1)
        with cls.alice.imap("INBOX") as imap:
            imap.fetch("1", "(BODY.PEEK[])")
            imap.search(None, "TEXT", "nothing")
            cls.append(imap, "Archive", small, b"")
        cls.growth = [Growth(cls.here), Growth(cls.there)]

    @classmethod
    def enter(cls, instance):
        instance.__enter__()
        cls.addClassCleanup(instance.__exit__)
        return instance

    @contextlib.contextmanager
    def bounded(self, way):
        with self.growth[0].bounded(self, way), self.growth[1].bounded(self, way + " (next hop)"):
            yield

    @staticmethod
    def append(imap, mailbox, content, mark):
        tag = imap._new_tag()
        imap.send(tag + b" APPEND " + mailbox.encode() + b" " + mark + b"{%d}\r\n" % len(content))
        assert imap.readline().startswith(b"+")
        imap.send(content)
        imap.send(b"\r\n")
        Memory.end(imap, tag)

    @staticmethod
    def end(imap, tag):
        while not (line := imap.readline()).startswith(tag):
            assert line
        assert line.split()[1] == b"OK", line

    @staticmethod
    def fetch(imap, item, number="*"):
        status, answer = imap.fetch(number, f"({item})")
        assert status == "OK", answer
        return answer[0][1]

    def same(self, got, want):
        # assertEqual would print both.
        self.assertTrue(got == want, f"{len(got)} octets, wanted {len(want)}")

    def send(self, instance, account, recipient, options=()):
        with instance.smtp("submissions", account) as client:
            client.sendmail(account.address, [recipient], self.letter, mail_options=["BODY=8BITMIME", *options])

    def check_newest(self, account):
        with account.imap("INBOX") as imap:
            self.same(tegu.strip_trace(self.fetch(imap, "BODY.PEEK[]")), self.letter)

    def test_data_into_a_mailbox(self):
        before = self.alice.count()
        with self.bounded("DATA"):
            self.send(self.here, self.alice, self.alice.address)
            self.alice.wait_count(before + 1, seconds=120)
            self.check_newest(self.alice)

    def test_bdat_into_a_mailbox(self):
        before = self.alice.count()
        with self.bounded("BDAT"), socket.create_connection(("127.0.0.1", self.here.port("smtp")), timeout=120) as peer:
            replies = peer.makefile("rb")
            octets = b"BDAT %d LAST\r\n" % len(self.letter) + self.letter
            for command, last in ((b"", b"220 "), (b"EHLO peer.example\r\n", b"250 "), (b"MAIL FROM:<peer@example.com> BODY=8BITMIME\r\n", b"250 "), (b"RCPT TO:<alice@example.org>\r\n", b"250 "), (octets, b"250 ")):
                peer.sendall(command)
                while (line := replies.readline())[3:4] == b"-":
                    pass
                self.assertTrue(line.startswith(last), line)
            self.alice.wait_count(before + 1, seconds=120)
            self.check_newest(self.alice)

    def test_append_fetch_search_and_copy(self):
        for way, mark in (("literal", b""), ("literal8", b"~")):
            with self.bounded("APPEND of a " + way), self.alice.imap() as imap:
                self.append(imap, "Drafts", self.letter, mark)
        with self.alice.imap("Drafts") as imap:
            edge = self.letter.index(b"\r\n\r\n") + 4
            body = self.parts[2].split(b"\r\n\r\n", 1)[1]
            for item, want in (("BODY.PEEK[]", self.letter), ("BODY.PEEK[TEXT]", self.letter[edge:]), ("RFC822", self.letter), ("BODY.PEEK[3]", body), ("BINARY.PEEK[3]", self.binary), (f"BODY.PEEK[]<{SIZE // 2}.{SIZE}>", self.letter[SIZE // 2 :])):
                with self.bounded("FETCH " + item):
                    self.same(self.fetch(imap, item), want)
            with self.bounded("FETCH BINARY.SIZE[3]"):
                self.assertIn(b"%d" % len(self.binary), imap.fetch("1", "(BINARY.SIZE[3])")[1][0])
            for key in ("TEXT", "BODY"):
                with self.bounded("SEARCH " + key):
                    self.assertEqual(imap.search(None, key, NEEDLE)[1], [b"1 2"])
                    self.assertEqual(imap.search(None, key, NEEDLE + "s")[1], [b""])
            with self.bounded("COPY"):
                self.assertEqual(imap.copy("1:2", "Archive")[0], "OK")
        with self.alice.imap("Archive") as imap:
            self.same(self.fetch(imap, "BODY.PEEK[]"), self.letter)

    def test_slow_reader(self):
        """What a client does not take waits in the database, not in the daemon."""
        with self.alice.imap() as imap:
            self.append(imap, "Sent", self.letter, b"")
            imap.select("Sent")
            with self.bounded("FETCH by a client that does not read"):
                tag = imap._new_tag()
                imap.send(tag + b" FETCH * (BODY.PEEK[])\r\n")
                self.assertIn(b"{%d}" % len(self.letter), imap.readline())
                with self.alice.imap("Sent") as other:
                    self.same(self.fetch(other, "BODY.PEEK[]"), self.letter)
            self.same(imap.read(len(self.letter)), self.letter)
            self.end(imap, tag)

    def test_relay(self):
        before = self.bob.count()
        with self.bounded("relay"):
            self.send(self.here, self.alice, self.bob.address)
            self.bob.wait_count(before + 1, seconds=180)
            self.check_newest(self.bob)

    def test_bounce(self):
        before = self.alice.count()
        with self.bounded("bounce"):
            self.send(self.here, self.alice, "nobody@example.net", ["RET=FULL"])
            self.alice.wait_count(before + 1, seconds=120)
        with self.alice.imap("INBOX") as imap:
            report = self.fetch(imap, "BODY.PEEK[]")
        self.assertIn(b"Subject: large\r\n", report)
        self.assertRegex(report, rb"(?i)final-recipient: rfc822; nobody@example.net")
        self.assertLess(len(report), 1 << 20)


if __name__ == "__main__":
    unittest.main()
