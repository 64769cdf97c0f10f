"""The SMTP server at its edges: LMTP, chunks, large letters, limits that change, neighbours that hang, an orderly stop."""
import os
import signal
import socket
import time
import unittest

import tegu


class Talk:
    """One connection; say() sends and gives the whole reply."""

    def __init__(self, peer):
        self.peer, self.heard = peer, b""
        self.greeting = self.reply()

    def reply(self):
        while True:
            lines = self.heard.split(b"\r\n")
            for number, line in enumerate(lines[:-1]):
                if line[3:4] == b" ":
                    self.heard = b"\r\n".join(lines[number + 1 :])
                    return b"\r\n".join(lines[: number + 1])
            got = self.peer.recv(65536)
            if not got:
                return b""
            self.heard += got

    def say(self, octets):
        self.peer.sendall(octets)
        return self.reply()

    def open_letter(self, *recipients):
        self.say(b"EHLO client.example.net\r\n")
        self.say(b"MAIL FROM:<peer@example.net>\r\n")
        return [self.say(f"RCPT TO:<{recipient}>\r\n".encode()) for recipient in recipients]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.close()


class Edge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = tegu.Instance()
        cls.mail.__enter__()
        cls.addClassCleanup(cls.mail.__exit__)
        cls.alice = cls.mail.account("alice@example.org")
        cls.bob = cls.mail.account("bob@example.org")

    def connect(self, service="smtp"):
        return Talk(socket.create_connection(("127.0.0.1", self.mail.port(service)), timeout=40))

    def test_lmtp_answers_for_each_recipient(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(20)
        peer.connect(str(self.mail.state.resolve() / "run" / "lmtp.sock"))
        before = self.alice.count(), self.bob.count()
        with Talk(peer) as talk:
            self.assertTrue(talk.say(b"EHLO x\r\n").startswith(b"500"))
            self.assertTrue(talk.say(b"LHLO x\r\n").startswith(b"250"))
            talk.say(b"MAIL FROM:<a@example.net>\r\n")
            codes = [talk.say(f"RCPT TO:<{name}>\r\n".encode())[:3] for name in ("alice@example.org", "nobody@example.org", "bob@example.org", "x@example.com")]
            self.assertEqual(codes, [b"250", b"550", b"250", b"550"])
            self.assertTrue(talk.say(b"DATA\r\n").startswith(b"354"))
            self.assertTrue(talk.say(b"Subject: lmtp\r\n\r\nx\r\n.\r\n").startswith(b"250 2.0.0"))
            self.assertTrue(talk.reply().startswith(b"250 2.0.0"))
        self.assertEqual((self.alice.count(), self.bob.count()), (before[0] + 1, before[1] + 1))

    def test_chunks_make_one_letter(self):
        letter = b"Subject: chunks\r\n\r\n.\r\n..\r\n\xff\r\nend\r\n"
        with self.connect() as talk:
            talk.open_letter("alice@example.org")
            for start in range(0, len(letter), 7):
                piece = letter[start : start + 7]
                last = b" LAST" if start + 7 >= len(letter) else b""
                self.assertTrue(talk.say(b"BDAT %d%s\r\n%s" % (len(piece), last, piece)).startswith(b"250"))
        self.assertEqual(tegu.strip_trace(self.alice.bodies()[-1]), letter)

    def test_large_letters_arrive_whole(self):
        body = b"".join(b"%08d %s\r\n" % (number, os.urandom(30).hex().encode()) for number in range(200_000))
        letter = b"Subject: large\r\n\r\n" + body
        for chunked in (False, True):
            with self.connect() as talk:
                talk.open_letter("bob@example.org")
                if chunked:
                    reply = talk.say(b"BDAT %d LAST\r\n" % len(letter) + letter)
                else:
                    talk.say(b"DATA\r\n")
                    reply = talk.say(letter + b".\r\n")
                self.assertTrue(reply.startswith(b"250"), reply)
            self.assertEqual(tegu.strip_trace(self.bob.bodies()[-1]), letter)

    def test_settings_take_effect(self):
        self.mail.ctl("config", "set", "smtp.message_size_limit", "1M")
        self.addCleanup(self.mail.ctl, "config", "reset", "smtp.message_size_limit")

        def limited():
            talk = self.connect()
            if b"SIZE 1048576\r\n" in talk.say(b"EHLO x\r\n"):
                return talk
            talk.peer.close()
            return None

        with tegu.wait_until("a session under the new limit", limited) as talk:
            talk.open_letter("alice@example.org")
            talk.say(b"DATA\r\n")
            self.assertTrue(talk.say(b"x" * 1_100_000 + b"\r\n.\r\n").startswith(b"552 5.3.4"))
            self.assertTrue(talk.say(b"NOOP\r\n").startswith(b"250"))

    def test_connections_of_one_address(self):
        self.mail.ctl("config", "set", "smtp.connections_per_address", "2")
        self.addCleanup(self.mail.ctl, "config", "reset", "smtp.connections_per_address")

        def limited():
            with self.connect() as one, self.connect() as two, self.connect() as three:
                return [talk.greeting[:3] for talk in (one, two, three)] == [b"220", b"220", b"421"]

        tegu.wait_until("the third is refused", limited)

        def free_again():
            with self.connect() as talk:
                return talk.greeting.startswith(b"220")

        tegu.wait_until("a place after the others left", free_again)

    def test_a_router_that_hangs_puts_off(self):
        for pid in self.mail.pids("tegu-router"):
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(os.kill, pid, signal.SIGCONT)
        with self.connect() as talk:
            self.assertTrue(talk.open_letter("alice@example.org")[0].startswith(b"451 4.3.0"))
            for pid in self.mail.pids("tegu-router"):
                os.kill(pid, signal.SIGCONT)
            again = tegu.wait_until("the router's answer", lambda: talk.say(b"RCPT TO:<alice@example.org>\r\n").startswith(b"250"))
            self.assertTrue(again)

    def test_orderly_stop(self):
        before = self.alice.count()
        with self.connect() as idle, self.connect() as busy:
            busy.open_letter("alice@example.org")
            busy.say(b"DATA\r\n")
            busy.peer.sendall(b"Subject: in flight\r\n\r\n")
            time.sleep(0.2)
            self.mail.kill("tegu-smtpd", signal.SIGTERM)
            self.assertTrue(idle.reply().startswith(b"421 4.3.2"))
            self.assertTrue(busy.say(b"x\r\n.\r\n").startswith(b"250 2.0.0"))
            self.assertTrue(busy.reply().startswith(b"421 4.3.2"))
        self.assertEqual(self.alice.count(), before + 1)
        tegu.wait_until("the next tegu-smtpd", lambda: self.mail.answers("smtp"))


if __name__ == "__main__":
    unittest.main()
