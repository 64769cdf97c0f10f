"""One Tegu as the next hop of another: TLS between them, letters arrive as they were, refusals come back."""
import email
import random
import unittest

import tegu


def letter(subject, body):
    return b"From: alice@example.org\r\nTo: bob@example.net\r\nDate: Sat, 21 Nov 2026 20:00:00 +0000\r\nSubject: " + subject + b"\r\nMessage-ID: <" + subject + b"@example.org>\r\n\r\n" + body


class RelayTegu(unittest.TestCase):
    def setUp(self):
        self.here = tegu.Instance(settings={"queue.retry": "1s,2s"})
        self.here.__enter__()
        self.addCleanup(self.here.__exit__)
        self.there = tegu.Instance(domain="example.net")
        self.there.__enter__()
        self.addCleanup(self.there.__exit__)
        self.alice = self.here.account("alice@example.org")
        self.bob = self.there.account("bob@example.net")
        self.here.ctl("route", "add", "example.net", f"smtp://127.0.0.1:{self.there.port('smtp')}")
        self.there.ctl("route", "add", "example.org", f"smtp://127.0.0.1:{self.here.port('smtp')}")

    def relay(self, message, recipients=("bob@example.net",), options=()):
        with self.here.smtp("submissions", self.alice) as client:
            client.sendmail(self.alice.address, list(recipients), message, mail_options=list(options))

    def test_letters_arrive_as_they_were(self):
        noise = random.Random(1)
        lines = b"\r\n".join(bytes(noise.choice(b"abcdefghij. ") for _ in range(70)) for _ in range(40000))
        bodies = {
            b"plain": b"hello\r\n",
            b"dots": b".\r\n..\r\n.x\r\n",
            b"eight": "Grüße, привет\r\n".encode(),
            b"empty": b"",
            b"large": lines + b"\r\n",
        }
        for subject, body in bodies.items():
            self.relay(letter(subject, body), options=["BODY=8BITMIME"])
        self.bob.wait_count(len(bodies), seconds=60)
        for raw in self.bob.bodies():
            name = email.message_from_bytes(raw)["Subject"].encode()
            self.assertEqual(tegu.strip_trace(raw), letter(name, bodies.pop(name)))
            # The opportunistic TLS of RFC 3207, and one Return-Path line, the last server's.
            self.assertIn(b"with ESMTPS", raw)
            self.assertEqual(raw.count(b"Return-Path: <alice@example.org>\r\n"), 1)
        self.assertEqual(bodies, {})

    def test_refusal_at_rcpt_comes_back_for_one_of_two(self):
        self.relay(letter(b"two", b"hello\r\n"), ["bob@example.net", "nobody@example.net"])
        self.bob.wait_count(1)
        self.alice.wait_count(1)
        bounce = self.alice.bodies()[0]
        self.assertRegex(bounce, rb"(?i)final-recipient: rfc822; nobody@example.net")
        self.assertNotIn(b"Final-Recipient: rfc822; bob@example.net", bounce)
        self.assertRegex(bounce, rb"Status: 5\.1\.1")
        self.assertIn(b"Auto-Submitted: auto-replied", bounce)
        self.assertIn(b"hello\r\n", bounce)

    def test_notify_never_is_obeyed(self):
        with self.here.smtp("submissions", self.alice) as client:
            client.mail(self.alice.address)
            client.rcpt("nobody@example.net", ["NOTIFY=NEVER"])
            self.assertEqual(client.data(letter(b"never", b"x\r\n"))[0], 250)
        tegu.wait_until("an empty queue", lambda: self.here.ctl_json("queue", "list") == [])
        self.relay(letter(b"after", b"x\r\n"), ["nobody@example.net"])
        self.alice.wait_count(1)
        self.assertEqual(self.alice.count(), 1)
        self.assertIn(b"Subject: after", self.alice.bodies()[0])

    def test_success_is_told_by_the_last_server(self):
        with self.here.smtp("submissions", self.alice) as client:
            client.mail(self.alice.address, ["ENVID=e1"])
            client.rcpt("bob@example.net", ["NOTIFY=SUCCESS", "ORCPT=rfc822;bob@example.net"])
            self.assertEqual(client.data(letter(b"success", b"x\r\n"))[0], 250)
        self.bob.wait_count(1)
        # The next hop knows DSN: this side says nothing, the other one reports back to us.
        self.alice.wait_count(1)
        report = self.alice.bodies()[0]
        self.assertIn(b"Action: delivered", report)
        self.assertIn(b"Original-Envelope-Id: e1", report)
        self.assertIn(b"Original-Recipient: rfc822; bob@example.net", report)
        self.assertIn(b"Return-Path: <>", report)
        tegu.wait_until("an empty queue", lambda: self.there.ctl_json("queue", "list") == [])
        self.assertEqual(self.alice.count(), 1)


if __name__ == "__main__":
    unittest.main()
