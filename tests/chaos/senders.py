"""Sessions that send: SMTP from peers, LMTP, and submission with letters for the next hop."""
import base64
import random
import socket
import threading

import oracle
import tegu


class Refused(Exception):
    """The server said no before it had the data."""


class Client:
    """SMTP or LMTP, one reply read where one is due, so that an answer is never taken for another's."""

    def __init__(self, node, kind, login=None, timeout=30):
        self.lmtp = kind == "lmtp"
        if self.lmtp:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(node.run / "lmtp.sock"))
        else:
            port = node.instance.port("submissions" if kind == "submission" else "smtp")
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
            if kind == "submission":
                self.socket = tegu.trusting().wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")
        self.want(self.reply(), 220)
        self.want(self.ask("LHLO chaos.example" if self.lmtp else "EHLO chaos.example"), 250)
        if login:
            words = base64.b64encode(f"\0{login.address}\0{login.password}".encode()).decode()
            self.want(self.ask(f"AUTH PLAIN {words}"), 235)

    def want(self, reply, code):
        if reply[0] != code:
            raise Refused(reply[1])

    def reply(self):
        while True:
            line = self.file.readline()
            if len(line) < 4:
                raise ConnectionError("the server is gone")
            if line[3:4] != b"-":
                return int(line[:3]), line.decode(errors="replace").strip()

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass

    def send(self, sender, recipients, letter, states):
        """Writes into `states` what became of each recipient; raises when the session is over."""
        for recipient in recipients:
            states[recipient] = "no"
        self.want(self.ask(f"MAIL FROM:<{sender}>"), 250)
        taken = [recipient for recipient in recipients if self.ask(f"RCPT TO:<{recipient}>")[0] == 250]
        if not taken:
            raise Refused("no recipient was taken")
        self.want(self.ask("DATA"), 354)
        for recipient in taken:
            states[recipient] = "either"
        body = b"".join(b"." + line if line.startswith(b".") else line for line in letter.splitlines(keepends=True))
        self.socket.sendall(body + b".\r\n")
        replies = [self.reply() for _ in (taken if self.lmtp else [0])]
        for number, recipient in enumerate(taken):
            code, text = replies[number if self.lmtp else 0]
            if code == 250:
                states[recipient] = "acked"
        if any(code != 250 for code, _ in replies):
            raise Refused(replies[0][1])


class Sender(threading.Thread):
    """kind: smtp, many (several recipients), submission or lmtp. Changes the node with each connection."""

    def __init__(self, number, kind, world, seed):
        super().__init__(daemon=True)
        self.number, self.kind, self.world = number, kind, world
        self.random = random.Random(f"{seed} sender {number}")
        self.client, self.sent = None, 0

    def run(self):
        while not self.world.stop.is_set():
            try:
                self.send_one()
            except (OSError, Refused, ValueError) as error:
                self.world.oracle.count(f"sender: {type(error).__name__} {str(error)[:40] if isinstance(error, Refused) else ''}".strip())
                if self.client:
                    self.client.close()
                self.client = None
                self.world.stop.wait(self.random.uniform(0.05, 0.2))
            self.world.stop.wait(self.random.uniform(*self.world.pause))
        if self.client:
            self.client.close()

    def connect(self):
        node = self.random.choice(self.world.nodes)
        self.login = self.random.choice(self.world.submitters) if self.kind == "submission" else None
        self.client = Client(node, "smtp" if self.kind == "many" else self.kind, self.login)
        self.sent = 0

    def send_one(self):
        if self.client is None or self.sent >= 50:
            if self.client:
                self.client.close()
                self.client = None
            self.connect()
        self.sent += 1
        token = self.world.oracle.token(f"L{self.number}")
        size = self.random.choice((0, 200, 900, 3000, 3000, 8000)) if self.random.random() > 0.03 else self.random.randrange(70_000, 400_000)
        sender = self.login.address if self.login else f"peer{self.number}@chaos.example"
        letter, digest = oracle.make_letter(token, sender, size, self.random)
        states = {}
        try:
            self.client.send(sender, self.recipients(token), letter, states)
        finally:
            self.world.oracle.note(oracle.Letter(token, digest, sender, states))

    def recipients(self, token):
        everybody = self.world.locals
        if self.kind == "many":
            return self.random.sample(everybody, self.random.randrange(2, min(9, len(everybody))))
        if self.kind == "lmtp":
            return self.random.sample(everybody, self.random.randrange(1, 4))
        if self.kind == "smtp":
            return [self.random.choice(everybody)]
        chosen = [f"x{self.random.randrange(5)}@{oracle.HOP}"]
        if self.random.random() < 0.3:
            chosen.append(f"y@{oracle.HOP}")
        if self.random.random() < 0.25:
            chosen.append(f"reject-{token.lower()}@{oracle.HOP}")
        if self.random.random() < 0.3:
            chosen.append(self.random.choice(everybody))
        return chosen
