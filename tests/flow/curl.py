"""curl as an SMTP and as an IMAP client."""
import subprocess
import tempfile
import unittest

import tegu

LETTER = b"From: alice@example.org\r\nTo: bob@example.org\r\nSubject: by curl\r\n\r\n.dots\r\n..two\r\n\r\nend\r\n"


class Curl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = tegu.Instance()
        cls.mail.__enter__()
        cls.addClassCleanup(cls.mail.__exit__)
        cls.alice = cls.mail.account("alice@example.org")
        cls.bob = cls.mail.account("bob@example.org")

    def curl(self, *words, upload=None):
        with tempfile.NamedTemporaryFile() as file:
            if upload is not None:
                file.write(upload)
                file.flush()
                words = (*words, "--upload-file", file.name)
            done = subprocess.run(["curl", "-sS", "--insecure", "--max-time", "30", *words], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_smtp_and_imap(self):
        login = f"{self.alice.address}:{self.alice.password}"
        for url, more in ((f"smtp://127.0.0.1:{self.mail.port('submission')}", ["--ssl-reqd"]), (f"smtps://127.0.0.1:{self.mail.port('submissions')}", [])):
            self.curl(url, *more, "--user", login, "--mail-from", "alice@example.org", "--mail-rcpt", "bob@example.org", upload=LETTER)
        self.assertEqual(self.bob.count(), 2)
        login = f"{self.bob.address}:{self.bob.password}"
        for url, more in ((f"imap://127.0.0.1:{self.mail.port('imap')}", ["--ssl-reqd"]), (f"imaps://127.0.0.1:{self.mail.port('imaps')}", [])):
            raw = self.curl(f"{url}/INBOX;MAILINDEX=1", *more, "--user", login)
            self.assertTrue(raw.endswith(LETTER[LETTER.index(b"\r\n\r\n"):]), raw)
            self.assertIn(b"UID", self.curl(f"{url}/INBOX", *more, "--user", login, "--request", "FETCH 1:* (UID FLAGS)"))
        self.curl(f"imaps://127.0.0.1:{self.mail.port('imaps')}/Drafts", "--user", login, upload=LETTER)
        self.assertEqual(self.bob.bodies("Drafts"), [LETTER])

    def test_plaintext_login_is_refused(self):
        done = subprocess.run(["curl", "-sS", "--max-time", "20", f"imap://127.0.0.1:{self.mail.port('imap')}/INBOX", "--user",
                               f"{self.alice.address}:{self.alice.password}"], capture_output=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
