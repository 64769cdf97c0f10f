"""swaks against every SMTP door: plain, STARTTLS, TLS, AUTH, pipelining, LMTP; and what must be refused."""
import subprocess
import unittest

import tegu


class Swaks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = tegu.Instance()
        cls.mail.__enter__()
        cls.addClassCleanup(cls.mail.__exit__)
        cls.alice = cls.mail.account("alice@example.org")
        cls.bob = cls.mail.account("bob@example.org")

    def swaks(self, *words):
        return subprocess.run(["swaks", "--helo", "client.example.net", "--timeout", "20", *map(str, words)], capture_output=True, text=True, timeout=60)

    def accepted(self, *words):
        done = self.swaks(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def to_mx(self):
        return ["--server", f"127.0.0.1:{self.mail.port('smtp')}", "--from", "peer@example.net", "--to", "alice@example.org"]

    def as_alice(self, service):
        return ["--server", f"127.0.0.1:{self.mail.port(service)}", "--from", "alice@example.org", "--to", "bob@example.org",
                "--auth-user", self.alice.address, "--auth-password", self.alice.password]

    def test_plain(self):
        before = self.alice.count()
        self.accepted(*self.to_mx())
        self.assertEqual(self.alice.count(), before + 1)  # 250 means: in the mailbox

    def test_pipelining(self):
        before = self.alice.count()
        self.accepted(*self.to_mx(), "--pipeline")
        self.assertEqual(self.alice.count(), before + 1)

    def test_starttls(self):
        talk = self.accepted(*self.to_mx(), "--tls")
        self.assertIn("TLS started", talk)
        self.assertIn("with ESMTPS", self.alice.bodies()[-1].decode())

    def test_announced(self):
        talk = self.accepted(*self.to_mx(), "--quit-after", "EHLO")
        for word in ("PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN", "ENHANCEDSTATUSCODES", "STARTTLS", "LIMITS"):
            self.assertRegex(talk, rf"250[ -]{word}")
        self.assertNotIn("AUTH", talk)

    def test_auth(self):
        for service, tls in (("submission", "--tls"), ("submissions", "--tls-on-connect")):
            for mechanism in ("PLAIN", "LOGIN"):
                with self.subTest(service=service, mechanism=mechanism):
                    before = self.bob.count()
                    self.accepted(*self.as_alice(service), tls, "--auth", mechanism)
                    self.assertEqual(self.bob.count(), before + 1)

    def test_auth_needs_tls(self):
        done = self.swaks(*self.as_alice("submission"), "--auth", "PLAIN")
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("AUTH", done.stdout.split("EHLO", 1)[1].split("QUIT")[0].replace("Could not authenticate", ""))

    def test_submission_needs_auth(self):
        done = self.swaks("--server", f"127.0.0.1:{self.mail.port('submission')}", "--tls", "--from", "alice@example.org", "--to", "bob@example.org")
        self.assertIn("530 5.7.0", done.stdout)

    def test_wrong_password(self):
        done = self.swaks(*self.as_alice("submissions"), "--tls-on-connect", "--auth", "PLAIN", "--auth-password", "wrong")
        self.assertIn("535 5.7.8", done.stdout)

    def test_unknown_recipient(self):
        done = self.swaks(*self.to_mx(), "--to", "nobody@example.org")
        self.assertIn("550 5.1.1", done.stdout)

    def test_no_open_relay(self):
        for target in ("someone@example.com", "someone%example.com@example.org", "@example.org:someone@example.com", '"someone@example.com"@example.org',
                       "someone@[127.0.0.1]", "example.com!someone"):
            with self.subTest(target=target):
                done = self.swaks(*self.to_mx()[:4], "--to", target)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertRegex(done.stdout, r"<\*\* 5\d\d ")

    def test_foreign_sender_on_submission(self):
        done = self.swaks(*self.as_alice("submissions"), "--tls-on-connect", "--auth", "PLAIN", "--from", "bob@example.org")
        self.assertIn("5.7.1", done.stdout)

    def test_message_too_large(self):
        done = self.swaks(*self.to_mx(), "--protocol", "ESMTP", "--body", "x", "--add-header", "X: y", "--quit-after", "MAIL", "--from", "peer@example.net")
        self.assertEqual(done.returncode, 0, done.stdout)
        with self.mail.smtp() as client:
            code, text = client.mail("peer@example.net", ["SIZE=99999999999"])
            self.assertEqual((code, text[:5]), (552, b"5.3.4"))


if __name__ == "__main__":
    unittest.main()
