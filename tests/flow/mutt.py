"""mutt in batch mode: sends by submission, reads by IMAP, moves a letter."""
import os
import pty
import select
import signal
import subprocess
import time
import unittest

import tegu


class Mutt(unittest.TestCase):
    def setUp(self):
        self.mail = tegu.Instance()
        self.mail.__enter__()
        self.addCleanup(self.mail.__exit__)
        self.alice = self.mail.account("alice@example.org")
        self.bob = self.mail.account("bob@example.org")
        self.home = tegu.folder("tegu-mutt-")
        user = self.alice.address.replace("@", "%40")
        certificate = [path for path in self.mail.state.resolve().rglob("*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes()][0]
        (self.home / "rc").write_text(f"""
set from="{self.alice.address}" realname="Alice" use_from=yes
set smtp_url="smtps://{user}@localhost:{self.mail.port('submissions')}/" smtp_pass="{self.alice.password}"
set imap_user="{self.alice.address}" imap_pass="{self.alice.password}"
set folder="imaps://localhost:{self.mail.port('imaps')}/" spoolfile="+INBOX" record="+Sent"
set certificate_file="{certificate}" ssl_verify_host=no ssl_verify_dates=no
set confirmappend=no delete=yes quit=yes move=no mail_check=0 timeout=1
""")

    def keys(self, keys, *words):
        """mutt on a terminal of its own, with keys pushed."""
        words = ["mutt", "-F", str(self.home / "rc"), "-e", f"push '{keys}'", *words]
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe("mutt", words, {**os.environ, "HOME": str(self.home), "TERM": "xterm"})
        screen, end = b"", time.monotonic() + 40
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    screen += os.read(terminal, 65536)
                except OSError:
                    break
        else:
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, screen[-3000:])

    def mutt(self, *words, input=""):
        done = subprocess.run(["mutt", "-F", str(self.home / "rc"), *words], input=input, capture_output=True, text=True, timeout=60,
                              env={**os.environ, "HOME": str(self.home), "TERM": "xterm"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_send_and_move(self):
        self.mutt("-s", "from mutt", self.bob.address, input="a letter\n")
        self.bob.wait_count(1)
        self.assertIn(b"a letter", self.bob.bodies()[0])
        self.assertEqual(self.alice.count("Sent"), 1)
        self.mail.send("peer@example.net", [self.alice.address], b"Subject: move me\r\n\r\nbody\r\n")
        self.keys("<tag-pattern>~A<enter><tag-prefix><save-message>=Archive<enter><sync-mailbox><quit>", "-f", "+INBOX")
        tegu.wait_until("the letter in Archive", lambda: self.alice.count("Archive") == 1)
        self.assertEqual(self.alice.count("INBOX"), 0)


if __name__ == "__main__":
    unittest.main()
