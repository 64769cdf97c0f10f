"""A whole Tegu for a flow test: real daemons on a private PostgreSQL, on free loopback ports.

    with tegu.Instance() as mail:
        alice = mail.account("alice@example.org")
        mail.send("bob@example.net", alice.address, b"Subject: hi\r\n\r\nhello\r\n")
        with alice.imap() as imap: ...

Everything lives in a temporary folder and ends with the test, also when it is killed.
"""
import atexit
import contextlib
import fcntl
import imaplib
import json
import os
import pathlib
import random
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ.get("TEGU_BIN", pathlib.Path(__file__).resolve().parents[2] / "build" / "bin"))
SERVICES = {"smtp": 25, "submissions": 465, "submission": 587, "imap": 143, "imaps": 993}
imaplib._MAXLINE = 1 << 30  # test mailboxes are large on purpose


def trusting():
    """A TLS context that accepts the self-signed certificate of a test instance."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def claim(*ports):
    """True if all these ports are free and no other test process holds them; they are ours until we end.
    One byte of a shared file is locked for each port, so that tests that run at once never choose the same."""
    global _claims
    if _claims is None:
        path = pathlib.Path(tempfile.gettempdir()) / "tegu-test-ports"
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o666))
            path.chmod(0o666)
        _claims = os.open(path, os.O_RDWR)
    if _claimed.intersection(ports) or not all(map(port_is_free, ports)):
        return False
    for port in ports:
        try:
            fcntl.lockf(_claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except OSError:
            return False
        _claimed.add(port)
    return True


_claims, _claimed = None, set()
# Below the range from which the kernel takes the ports of outgoing connections (32768 and up).
PORTS = range(10000, 32768)


def free_port():
    while True:
        port = random.choice(PORTS)
        if claim(port):
            return port


def free_offset():
    while True:
        offset = random.choice(PORTS[: -max(SERVICES.values())])
        if claim(*(port + offset for port in SERVICES.values())):
            return offset


def wait_until(what, condition, seconds=20, step=0.02):
    """Polls until condition() is true; its last value is returned. Fails loudly after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(step)


def folder(prefix):
    """A temporary folder that other users may pass through (PostgreSQL runs as another user)."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=os.environ.get("TEGU_TEST_FOLDER", "/tmp")))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


class Account:
    def __init__(self, instance, address, password):
        self.instance, self.address, self.password = instance, address, password

    @contextlib.contextmanager
    def imap(self, select=None):
        client = imaplib.IMAP4_SSL("127.0.0.1", self.instance.port("imaps"), ssl_context=trusting(), timeout=60)
        try:
            client.login(self.address, self.password)
            if select:
                status, answer = client.select(select)
                assert status == "OK", answer
            yield client
        finally:
            with contextlib.suppress(Exception):
                client.logout()

    def count(self, mailbox="INBOX"):
        with self.imap() as client:
            status, answer = client.status(mailbox, "(MESSAGES)")
            assert status == "OK", answer
            return int(answer[0].split()[-1].rstrip(b")"))

    def bodies(self, mailbox="INBOX"):
        """All messages of a mailbox, in order."""
        with self.imap(mailbox) as client:
            status, answer = client.fetch("1:*", "(BODY.PEEK[])")
            assert status == "OK", answer
            return [part[1] for part in answer if isinstance(part, tuple)]

    def wait_count(self, count, mailbox="INBOX", seconds=20):
        wait_until(f"{count} messages in {mailbox} of {self.address}", lambda: self.count(mailbox) >= count, seconds, 0.1)


class Instance:
    def __init__(self, database=None, settings=None, domain="example.org"):
        self.state = folder("tegu-flow-") / "state"
        self.database, self.settings, self.domain = database, settings or {}, domain
        self.offset = free_offset()

    def port(self, service):
        return SERVICES[service] + self.offset

    def __enter__(self):
        self.up()
        try:
            if self.domain and self.database is None:
                self.ctl("domain", "add", self.domain)
            for key, value in self.settings.items():
                self.ctl("config", "set", key, value)
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        command = [BIN / "tegu-ctl", "up", "--state", self.state, "--port-offset", str(self.offset), "--detach", "--json"]
        if self.database:
            command += ["--database", self.database]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180)
        atexit.register(self.down)
        if done.returncode != 0:
            log = "\n".join(path.read_text(errors="replace")[-5000:] for path in self.state.rglob("*.log"))
            raise AssertionError(f"tegu-ctl up failed ({done.returncode}): {done.stdout}{done.stderr}\n{log}")

    def down(self):
        if self.state.exists():
            subprocess.run([BIN / "tegu-ctl", "down", "--state", self.state], capture_output=True, timeout=60)

    def ctl(self, *words, input=None, check=True):
        done = subprocess.run([BIN / "tegu-ctl", "--state", self.state, *map(str, words)], input=input, capture_output=True, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"tegu-ctl {' '.join(map(str, words))}: {done.returncode}: {done.stdout.decode()}{done.stderr.decode()}")
        return done if not check else done.stdout.decode()

    def ctl_json(self, *words):
        return json.loads(self.ctl("--json", *words))

    def account(self, address, password="correct horse"):
        self.ctl("account", "add", address, "--password-stdin", input=password.encode() + b"\n")
        return Account(self, address, password)

    def smtp(self, service="smtp", account=None):
        if service == "submissions":
            client = smtplib.SMTP_SSL("127.0.0.1", self.port(service), context=trusting(), timeout=60)
        else:
            client = smtplib.SMTP("127.0.0.1", self.port(service), timeout=60)
        client.ehlo("client.example.net")
        if service == "submission":
            client.starttls(context=trusting())
            client.ehlo("client.example.net")
        if account:
            client.login(account.address, account.password)
        return client

    def send(self, sender, recipients, message, service="smtp", account=None):
        with self.smtp(service, account) as client:
            return client.sendmail(sender, recipients, message)

    def pids(self, daemon):
        """Process ids of one of this instance's daemons ("tegu-imapd"), or of "postgres"."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
            except OSError:
                continue
            name = os.path.basename(words[0]).decode(errors="replace")
            ours = any(str(self.state.resolve()).encode() in word for word in words)
            if name == daemon and ours and parent != "0":
                found.append(int(entry.name))
        return found

    def kill(self, daemon, number=signal.SIGKILL):
        pids = wait_until(f"a running {daemon}", lambda: self.pids(daemon))
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return pids

    def answers(self, service):
        try:
            with socket.create_connection(("127.0.0.1", self.port(service)), timeout=2) as probe:
                if service in ("submissions", "imaps"):
                    probe = trusting().wrap_socket(probe)
                return probe.recv(1) != b""
        except OSError:
            return False


def strip_trace(raw):
    """The message as its sender wrote it: without the trace fields that delivery put in front."""
    while raw.split(b":", 1)[0].lower() in (b"return-path", b"received", b"delivered-to"):
        end = raw.index(b"\r\n")
        while raw[end + 2 : end + 3] in (b" ", b"\t"):
            end = raw.index(b"\r\n", end + 2)
        raw = raw[end + 2 :]
    return raw
