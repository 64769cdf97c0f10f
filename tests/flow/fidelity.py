"""Byte fidelity: 300 nasty messages by SMTP (DATA and BDAT) and by APPEND come out by IMAP as they went in."""
import socket
import unittest

import nasty
import tegu


class Client:
    """A bare SMTP client: smtplib changes line ends and knows no BDAT."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.file = self.socket.makefile("rb")
        assert self.reply()[0] == 220
        self.command("EHLO client.example.net")

    def reply(self):
        lines = []
        while True:
            line = self.file.readline()
            lines.append(line)
            if line[3:4] != b"-":
                return int(line[:3]), b"".join(lines)

    def command(self, text, want=2):
        self.socket.sendall(text.encode() + b"\r\n")
        code, answer = self.reply()
        assert code // 100 == want, (text, answer)
        return answer

    def data(self, message):
        self.command("MAIL FROM:<peer@example.net> BODY=8BITMIME")
        self.command("RCPT TO:<alice@example.org>")
        self.command("DATA", 3)
        stuffed = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
        self.socket.sendall(stuffed + b".\r\n")
        code, answer = self.reply()
        assert code == 250, answer

    def bdat(self, message, pieces):
        self.command("MAIL FROM:<peer@example.net> BODY=8BITMIME")
        self.command("RCPT TO:<alice@example.org>")
        size = max(1, len(message) // pieces)
        for at in range(0, len(message), size):
            piece = message[at : at + size]
            self.socket.sendall(b"BDAT %d\r\n" % len(piece) + piece)
            code, answer = self.reply()
            assert code == 250, answer
        self.command("BDAT 0 LAST")


class Fidelity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = tegu.Instance()
        cls.mail.__enter__()
        cls.addClassCleanup(cls.mail.__exit__)
        cls.alice = cls.mail.account("alice@example.org")
        cls.messages = list(nasty.messages())

    def compare(self, mailbox, wanted, stripped):
        self.assertEqual(self.alice.count(mailbox), len(wanted))
        wrong = []
        with self.alice.imap(mailbox) as imap:
            for number, (name, content) in enumerate(wanted, 1):
                status, answer = imap.fetch(str(number), "(RFC822.SIZE BODY.PEEK[])")
                raw = answer[0][1]
                size = int(answer[0][0].split(b"RFC822.SIZE ")[1].split()[0])
                if size != len(raw) or (tegu.strip_trace(raw) if stripped else raw) != content:
                    wrong.append(name)
        self.assertEqual(wrong, [])

    def test_by_smtp(self):
        client = Client(self.mail.port("smtp"))
        wanted = []
        sent = 0
        for number, (name, content, needs_bdat) in enumerate(self.messages):
            if sent == 90:  # a server ends a session after a number of messages
                client = Client(self.mail.port("smtp"))
                sent = 0
            if needs_bdat or number % 2:
                client.bdat(content, 1 + number % 3)
                wanted.append((name, content))
            else:
                client.data(content if content.endswith(b"\r\n") else content + b"\r\n")
                wanted.append((name, content if content.endswith(b"\r\n") else content + b"\r\n"))
            sent += 1
        self.assertGreaterEqual(len(wanted), 300)
        self.compare("INBOX", wanted, True)

    def test_by_append(self):
        with self.alice.imap() as imap:
            for name, content, _ in self.messages:
                # imaplib's append() rewrites line ends; the literal is given by hand.
                imap.literal = content
                status, answer = imap._simple_command("APPEND", "Archive")
                self.assertEqual(status, "OK", (name, answer))
        self.compare("Archive", [(name, content) for name, content, _ in self.messages], False)

    def test_partial(self):
        head = b"".join(b"X-Header-%d: %s\r\n" % (n, b"v" * 50) for n in range(40))
        content = b"Subject: partial\r\n" + head + b"\r\n" + bytes(range(32, 127)) * 7000 + b"\r\n"
        with self.alice.imap() as imap:
            imap.literal = content
            self.assertEqual(imap._simple_command("APPEND", "Drafts")[0], "OK")
            imap.select("Drafts")
            edge = content.index(b"\r\n\r\n") + 4
            size, chunk = len(content), 65536
            offsets = sorted({0, 1, edge - 1, edge, edge + 1, edge + chunk - 1, edge + chunk, edge + chunk + 1, edge + 2 * chunk, size - 1, size, size + 1, 4096, 65535, 65536, 65537})
            for offset in offsets:
                for length in (1, 2, 100, chunk - 1, chunk, chunk + 1, 3 * chunk, size + 10):
                    answer = imap.fetch("1", f"(BODY.PEEK[]<{offset}.{length}>)")[1]
                    got = answer[0][1] if isinstance(answer[0], tuple) else b""
                    self.assertEqual(got, content[offset : offset + length], (offset, length))
            for offset in (0, 1, chunk, size - edge):
                answer = imap.fetch("1", f"(BODY.PEEK[TEXT]<{offset}.1000>)")[1]
                got = answer[0][1] if isinstance(answer[0], tuple) else b""
                self.assertEqual(got, content[edge:][offset : offset + 1000], offset)


if __name__ == "__main__":
    unittest.main()
