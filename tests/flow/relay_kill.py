"""kill -9 of tegu-queue and of PostgreSQL while letters are relayed to a next hop: every acknowledged letter
arrives there, and at most those that were under way at a kill arrive twice."""
import collections
import re
import socketserver
import threading
import time
import unittest

import tegu

LETTERS, VICTIMS = 400, ("tegu-queue", "tegu-queue", "postgres", "tegu-queue", "tegu-router", "tegu-queue")


class Sink(socketserver.ThreadingTCPServer):
    """Takes every letter, slowly enough that kills meet letters under way; counts them by Subject."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self):
        self.taken, self.lock = collections.Counter(), threading.Lock()
        super().__init__(("127.0.0.1", 0), Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        try:
            self.converse()
        except OSError:
            pass

    def converse(self):
        self.say("220 sink")
        for raw in self.rfile:
            verb = raw[:4].upper()
            if verb == b"EHLO":
                self.say("250-sink\r\n250-8BITMIME\r\n250 PIPELINING")
            elif verb == b"DATA":
                self.say("354 go")
                name = b""
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                    name = name or (line[9:].strip() if line.startswith(b"Subject: ") else b"")
                else:
                    return
                time.sleep(0.01)
                with self.server.lock:
                    self.server.taken[name.decode()] += 1
                self.say("250 taken")
            elif verb == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")


class RelayKill(unittest.TestCase):
    def test_nothing_is_lost(self):
        sink = Sink()
        self.addCleanup(sink.server_close)
        self.addCleanup(sink.shutdown)
        with tegu.Instance(settings={"queue.retry": "1s,1s,2s"}) as mail:
            alice = mail.account("alice@example.org")
            mail.ctl("route", "add", "example.com", f"smtp://127.0.0.1:{sink.port}")
            acknowledged = []

            def send():
                number = 0
                while number < LETTERS:
                    try:
                        with mail.smtp("submissions", alice) as client:
                            while number < LETTERS:
                                name = f"letter-{number}"
                                client.sendmail(alice.address, ["x@example.com"], f"Subject: {name}\r\n\r\nhi\r\n".encode())
                                acknowledged.append(name)
                                number += 1
                    except Exception:
                        number += 1  # unanswered: it may arrive or not
                        time.sleep(0.1)

            sender = threading.Thread(target=send)
            sender.start()
            for victim in VICTIMS:
                time.sleep(0.7)
                mail.kill(victim)
            sender.join(120)
            self.assertFalse(sender.is_alive())
            tegu.wait_until("an empty queue", lambda: mail.ctl_json("queue", "list") == [], 90, 0.5)
        lost = [name for name in acknowledged if not sink.taken[name]]
        doubled = [name for name, count in sink.taken.items() if count > 1]
        print(f"acknowledged {len(acknowledged)}, arrived {len(sink.taken)}, lost {len(lost)}, doubled {len(doubled)}")
        self.assertEqual(lost, [])
        self.assertGreater(len(acknowledged), LETTERS // 2)
        # A next hop's "250" that a kill kept from being written down is asked for again: one letter a session at most.
        self.assertLessEqual(len(doubled), 20 * len(VICTIMS))
        self.assertFalse([name for name in sink.taken if not re.fullmatch(r"letter-\d+", name)])


if __name__ == "__main__":
    unittest.main()
