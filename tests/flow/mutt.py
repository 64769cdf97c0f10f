"""mutt in batch mode: sends by submission, reads by IMAP, moves a letter."""
import os
import pty
import select
import subprocess
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

    def mutt(self, *words, input=""):
        done = subprocess.run(["mutt", "-F", str(self.home / "rc"), *words], input=input, capture_output=True, text=True, timeout=60,
                              env={**os.environ, "HOME": str(self.home), "TERM": "xterm"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def on_terminal(self, *words):
        """With its screen, which mutt shows only to a terminal."""
        screen, terminal = pty.openpty()
        try:
            running = subprocess.Popen(["mutt", "-F", str(self.home / "rc"), *words], stdin=terminal, stdout=terminal, stderr=terminal,
                                       env={**os.environ, "HOME": str(self.home), "TERM": "xterm"}, start_new_session=True)
            os.close(terminal)
            shown = b""
            while select.select([screen], [], [], 60)[0]:
                try:
                    shown += os.read(screen, 4096)
                except OSError:  # the other end is closed
                    break
            self.assertEqual(running.wait(10), 0, shown[-2000:])
        finally:
            os.close(screen)

    def test_send_and_move(self):
        self.mutt("-s", "from mutt", self.bob.address, input="a letter\n")
        self.bob.wait_count(1)
        self.assertIn(b"a letter", self.bob.bodies()[0])
        self.assertEqual(self.alice.count("Sent"), 1)
        self.mail.send("peer@example.net", [self.alice.address], b"Subject: move me\r\n\r\nbody\r\n")
        self.on_terminal("-e", "push '<tag-pattern>~A<enter><tag-prefix><save-message>=Archive<enter><sync-mailbox>y<quit>'", "-f", "+INBOX")
        tegu.wait_until("the letter in Archive", lambda: self.alice.count("Archive") == 1)
        self.assertEqual(self.alice.count("INBOX"), 0)


if __name__ == "__main__":
    unittest.main()
