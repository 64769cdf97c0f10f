"""Postfix in front of Tegu and behind it, and Dovecot's LMTP server as a next hop; bounces on the way back."""
import unittest

import peers
import tegu

LETTER = b"From: alice@example.org\r\nTo: x@example.com\r\nSubject: through\r\nMessage-ID: <through@example.org>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\n.dot\r\n8-bit \xc3\xa9\r\n"


@peers.needs_root
class Peers(unittest.TestCase):
    def setUp(self):
        self.mail = tegu.Instance(settings={"queue.retry": "1s,2s"})
        self.mail.__enter__()
        self.addCleanup(self.mail.__exit__)
        self.alice = self.mail.account("alice@example.org")

    def test_postfix_in_front(self):
        with peers.Postfix(relay={"example.org": f"smtp:[127.0.0.1]:{self.mail.port('smtp')}"}) as front:
            import smtplib

            with smtplib.SMTP("127.0.0.1", front.port) as client:
                client.sendmail("peer@example.net", ["alice@example.org"], LETTER)
            self.alice.wait_count(1)
            self.assertTrue(self.alice.bodies()[0].endswith(b".dot\r\n8-bit \xc3\xa9\r\n"))
            # STARTTLS was used between the two, as both sides offer it, when Postfix is told to try.
            with smtplib.SMTP("127.0.0.1", front.port) as client:
                client.sendmail("peer@example.net", ["nobody@example.org"], LETTER)
            tegu.wait_until("Postfix saw the refusal", lambda: "550 5.1.1" in front.log())

    def test_postfix_behind_by_route(self):
        with peers.Postfix(domains=["example.com"]) as behind:
            self.mail.ctl("route", "add", "example.com", f"smtp://127.0.0.1:{behind.port}")
            self.mail.send("alice@example.org", ["x@example.com", "y@example.com"], LETTER, "submissions", self.alice)
            for address in ("x@example.com", "y@example.com"):
                box = tegu.wait_until(f"a letter for {address}", lambda: behind.mbox(address))
                self.assertIn(b"8-bit \xc3\xa9", box)
                self.assertIn(b"\n.dot\n", box)
                self.assertEqual(box.count(b"Return-Path:"), 1)
            tegu.wait_until("an empty queue", lambda: self.mail.ctl_json("queue", "list") == [])

    def test_refusal_becomes_a_bounce(self):
        with peers.Postfix(domains=[]) as behind:
            self.mail.ctl("route", "add", "example.com", f"smtp://127.0.0.1:{behind.port}")
            behind_extra = behind.home / "etc" / "main.cf"
            behind_extra.write_text(behind_extra.read_text() + "\nsmtpd_recipient_restrictions = reject\n")
            import subprocess

            subprocess.run(["postfix", "-c", str(behind.home / "etc"), "reload"], check=True, capture_output=True)
            self.mail.send("alice@example.org", ["x@example.com"], LETTER, "submissions", self.alice)
            self.alice.wait_count(1, seconds=40)
            bounce = self.alice.bodies()[0]
            self.assertIn(b"multipart/report", bounce)
            self.assertIn(b"report-type=delivery-status", bounce.replace(b'"', b""))
            self.assertRegex(bounce, rb"(?i)Final-Recipient: rfc822; *x@example.com")
            self.assertIn(b"Action: failed", bounce)
            self.assertIn(b"Return-Path: <>", bounce)
            tegu.wait_until("an empty queue", lambda: self.mail.ctl_json("queue", "list") == [])

    def test_dead_next_hop_waits_and_goes_out_later(self):
        port = tegu.free_port()
        self.mail.ctl("route", "add", "example.com", f"smtp://127.0.0.1:{port}")
        self.mail.send("alice@example.org", ["x@example.com"], LETTER, "submissions", self.alice)
        row = tegu.wait_until("a deferred letter", lambda: self.mail.ctl_json("queue", "list"))
        self.assertEqual(len(row), 1)
        behind = peers.Postfix(domains=["example.com"])
        behind.port = port
        with behind:
            tegu.wait_until("the letter", lambda: behind.mbox("x@example.com"), seconds=60)
            tegu.wait_until("an empty queue", lambda: self.mail.ctl_json("queue", "list") == [])

    def test_dovecot_lmtp_next_hop(self):
        with peers.DovecotLmtp() as dovecot:
            self.mail.ctl("route", "add", "example.edu", f"lmtp:127.0.0.1:{dovecot.port}")
            self.mail.send("alice@example.org", ["pupil@example.edu", "teacher@example.edu"], LETTER, "submissions", self.alice)
            for local in ("pupil", "teacher"):
                letters = tegu.wait_until(f"a letter for {local}", lambda: dovecot.letters(local))
                self.assertEqual(len(letters), 1)
                self.assertIn(b"8-bit \xc3\xa9", letters[0])

    def test_success_notice_on_request(self):
        with self.mail.smtp("submissions", self.alice) as client:
            bob = self.mail.account("bob@example.org")
            client.mail(self.alice.address, ["RET=HDRS", "ENVID=abc"])
            client.rcpt(bob.address, ["NOTIFY=SUCCESS", "ORCPT=rfc822;bob@example.org"])
            self.assertEqual(client.data(LETTER)[0], 250)
        self.alice.wait_count(1)
        notice = self.alice.bodies()[0]
        self.assertIn(b"Action: delivered", notice)
        self.assertIn(b"Original-Envelope-Id: abc", notice)


if __name__ == "__main__":
    unittest.main()
