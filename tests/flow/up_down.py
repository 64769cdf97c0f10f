"""tegu-ctl up and down: a second start keeps everything, a dead daemon comes back, down ends all."""
import json
import os
import subprocess
import time
import unittest

import tegu


class UpDown(unittest.TestCase):
    def test_life(self):
        with tegu.Instance() as mail:
            alice = mail.account("alice@example.org")
            mail.send("peer@example.net", [alice.address], b"Subject: kept\r\n\r\nx\r\n")
            validity = self.validity(alice)
            mail.down()
            for daemon in ("tegu-smtpd", "tegu-router", "tegu-queue", "tegu-imapd", "postgres", "tegu-ctl"):
                self.assertEqual(mail.pids(daemon), [], daemon)
            start = time.monotonic()
            mail.up()
            print(f"second start: {time.monotonic() - start:.1f} s")
            self.assertEqual(alice.count(), 1)
            self.assertEqual(self.validity(alice), validity)
            for daemon, service in (("tegu-imapd", "imaps"), ("tegu-smtpd", "smtp"), ("tegu-router", None), ("tegu-queue", None)):
                old = mail.kill(daemon)
                tegu.wait_until(f"{daemon} lives again", lambda: mail.pids(daemon) and mail.pids(daemon) != old)
                if service:
                    tegu.wait_until(f"{service} answers", lambda: mail.answers(service))
            tegu.wait_until("mail flows", lambda: self.flows(mail, alice), 30)

    def flows(self, mail, account):
        try:
            mail.send("peer@example.net", [account.address], b"Subject: again\r\n\r\nx\r\n")
            return account.count() >= 2
        except Exception:
            return False

    def validity(self, account):
        with account.imap() as imap:
            return imap.status("INBOX", "(UIDVALIDITY UIDNEXT)")[1]

    def test_administration(self):
        with tegu.Instance() as mail:
            mail.ctl("domain", "add", "example.com")
            self.assertIn("example.com", json.dumps(mail.ctl_json("domain", "list")))
            mail.account("carol@example.com")
            mail.ctl("alias", "add", "team@example.com", "carol@example.com")
            mail.ctl("route", "add", "far.example", "smtp://127.0.0.1:2525")
            for words, says in ((("domain", "show", "Example.COM"), "example.com"), (("alias", "show", "Team@example.com"), "carol@example.com"),
                                (("route", "show", "far.example"), "smtp://127.0.0.1:2525")):
                self.assertIn(says, mail.ctl(*words))
                self.assertIn(says, json.dumps(mail.ctl_json(*words)))
            self.assertIn("carol@example.com", json.dumps(mail.ctl_json("account", "list")))
            self.assertIn("carol@example.com", mail.ctl("account", "list"))
            mail.ctl("account", "password", "carol@example.com", "--password-stdin", input=b"another one\n")
            carol = tegu.Account(mail, "carol@example.com", "another one")
            tegu.wait_until("the new password counts", lambda: self.counts(carol))
            mail.ctl("config", "set", "smtp.message_size_limit", "2M")
            self.assertEqual(mail.ctl("config", "get", "smtp.message_size_limit").strip(), "2M")
            tegu.wait_until("the new limit is announced", lambda: self.size(mail) == b"2097152")
            for words, says in ((("config", "set", "smtp.message_size_limit", "huge"), "wants a size"), (("config", "set", "no.such", "1"), "no such setting"),
                                (("account", "add", "x@nowhere.example", "--password", "p"), "nowhere.example"), (("domain", "add", "exa mple"), "exa mple"),
                                (("alias", "add", "carol@example.com", "x@example.com"), "carol@example.com"), (("account", "show", "no@example.com"), "no@example.com"),
                                (("alias", "add", "self@example.com", "Self@example.com"), "cannot lead to itself"),
                                (("domain", "show", "no.example"), "no.example: no such domain"), (("alias", "show", "no@example.com"), "no@example.com: no such alias"),
                                (("route", "show", "no.example"), "no.example: no such route"),
                                (("accuont", "list"), 'unknown command "accuont"; did you mean account?'), (("account", "lsit"), "did you mean list?"),
                                (("account",), "A subcommand is required")):
                done = mail.ctl(*words, check=False)
                self.assertNotEqual(done.returncode, 0, words)
                self.assertIn(says, done.stderr.decode(), words)
            letter = b"From: carol@example.com\r\nTo: carol@example.com\r\nSubject: by sendmail\r\n\r\nx\r\n"
            mail.ctl("sendmail", "-t", "-i", "-f", "carol@example.com", input=letter.replace(b"\r\n", b"\n"))
            carol.wait_count(1)
            exported = mail.ctl("config", "export")
            self.assertIn("smtp.message_size_limit", exported)
            mail.ctl("account", "remove", "carol@example.com", "--yes")
            with self.assertRaises(Exception):
                mail.send("peer@example.net", ["carol@example.com"], letter)

    def counts(self, account):
        try:
            account.count()
            return True
        except Exception:
            return False

    def size(self, mail):
        with mail.smtp() as client:
            return client.esmtp_features["size"].encode()

    def test_killed_supervisor_leaves_nothing_behind(self):
        with tegu.Instance() as mail:
            mail.kill("tegu-ctl")
            for daemon in ("tegu-smtpd", "tegu-router", "tegu-queue", "tegu-imapd", "postgres"):
                tegu.wait_until(f"{daemon} has ended", lambda: not mail.pids(daemon))
            mail.up()
            self.assertTrue(mail.answers("imaps"))


if __name__ == "__main__":
    unittest.main()
