"""The next hop: logs every letter that it takes, refuses recipients named reject-*, and now and then goes away between
the final dot and its reply, as real ones do."""
import random
import socketserver
import threading
import time

import oracle


class Taken:
    """A letter on a connection. `told`: the reply was sent whole."""

    def __init__(self, connection, place, token, digest, recipients):
        self.connection, self.place, self.token, self.digest, self.recipients = connection, place, token, digest, recipients
        self.at, self.told = time.time(), False


class Hop(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 1024

    def __init__(self, seed, cut_rate=0.005):
        self.random, self.cut_rate, self.lock = random.Random(seed), cut_rate, threading.Lock()
        self.taken, self.connections, self.own_cuts = [], 0, 0
        self.ended_well = set()  # connections that said QUIT
        super().__init__(("127.0.0.1", 0), Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        hop = self.server
        with hop.lock:
            hop.connections += 1
            self.number, self.letters = hop.connections, 0
        try:
            self.converse(hop)
        except OSError:
            pass

    def converse(self, hop):
        self.say("220 hop.example")
        recipients = []
        for raw in self.rfile:
            verb = raw[:4].upper()
            if verb == b"EHLO":
                self.say("250-hop.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING")
            elif verb in (b"MAIL", b"RSET"):
                recipients = []
                self.say("250 ok")
            elif verb == b"RCPT":
                address = raw.split(b"<")[1].split(b">")[0].decode()
                if address.startswith("reject-"):
                    self.say("550 5.1.1 no such user")
                else:
                    recipients.append(address)
                    self.say("250 ok")
            elif verb == b"DATA":
                if not recipients:
                    self.say("554 5.5.1 no recipients")
                    continue
                self.say("354 go")
                if not self.take(hop, recipients):
                    return
            elif verb == b"QUIT":
                with hop.lock:
                    hop.ended_well.add(self.number)
                return self.say("221 bye")
            else:
                self.say("250 ok")

    def take(self, hop, recipients):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        else:
            return False
        token, digest = oracle.take_apart(b"".join(lines))
        taken = Taken(self.number, self.letters, token, digest, list(recipients))
        self.letters += 1
        with hop.lock:
            hop.taken.append(taken)
            cut = hop.random.random() < hop.cut_rate
            hop.own_cuts += cut
        if cut:
            return False
        self.say("250 2.0.0 taken")
        taken.told = True
        return True
