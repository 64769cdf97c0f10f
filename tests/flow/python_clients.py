"""Python's smtplib and imaplib: submission, aliases, DSN requests, every mailbox command in one walk."""
import imaplib
import re
import smtplib
import time
import unittest

import tegu

LETTER = b"From: alice@example.org\r\nTo: bob@example.org\r\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <one@example.org>\r\n\r\nhello w\xc3\xb6rld\r\n"


class PythonClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = tegu.Instance()
        cls.mail.__enter__()
        cls.addClassCleanup(cls.mail.__exit__)
        cls.alice = cls.mail.account("alice@example.org")
        cls.bob = cls.mail.account("bob@example.org")

    def ok(self, answer):
        self.assertEqual(answer[0], "OK", answer)
        return answer[1]

    def test_submission_adds_what_is_missing(self):
        self.mail.send("alice@example.org", ["bob@example.org"], b"Subject: bare\r\n\r\nx\r\n", "submission", self.alice)
        raw = self.bob.bodies()[-1]
        self.assertRegex(raw, rb"(?m)^Date: ")
        self.assertRegex(raw, rb"(?m)^Message-ID: <")
        self.assertTrue(raw.startswith(b"Return-Path: <alice@example.org>\r\nReceived: "), raw)

    def test_alias_domain_and_subaddress(self):
        self.mail.ctl("alias", "add", "team@example.org", "alice@example.org", "bob@example.org")
        counts = self.alice.count(), self.bob.count()
        self.mail.send("peer@example.net", ["team@example.org"], LETTER)
        self.assertEqual((self.alice.count(), self.bob.count()), (counts[0] + 1, counts[1] + 1))
        self.mail.send("peer@example.net", ["alice+list@example.org", "ALICE@Example.ORG"], LETTER)
        self.assertEqual(self.alice.count(), counts[0] + 2)  # one letter, one copy

    def test_lmtp_size_and_errors_leave_the_session_usable(self):
        with self.mail.smtp() as client:
            client.mail("peer@example.net")
            self.assertEqual(client.rcpt("nobody@example.org")[0], 550)
            self.assertEqual(client.rcpt("alice@example.org")[0], 250)
            client.rset()
            self.assertEqual(client.docmd("DATA")[0], 503)
            self.assertEqual(client.docmd("NONSENSE")[0], 500)
            self.assertEqual(client.docmd("NOOP")[0], 250)

    def test_new_account_has_its_mailboxes(self):
        with self.alice.imap() as imap:
            listing = b"\n".join(self.ok(imap.list()))
            for name, use in (("Drafts", "Drafts"), ("Sent", "Sent"), ("Trash", "Trash"), ("Junk", "Junk"), ("Archive", "Archive")):
                self.assertRegex(listing, rf'\\{use}[^\n]*"?{name}"?'.encode())
            self.assertRegex(listing, rb'INBOX')

    def test_mailbox_walk(self):
        with self.alice.imap() as imap:
            self.ok(imap.create("Work"))
            self.ok(imap.create("Work/2026/Q4"))
            self.ok(imap.subscribe("Work/2026/Q4"))
            self.assertIn(b"Work/2026/Q4", b"\n".join(self.ok(imap.lsub())))
            self.ok(imap.rename("Work", "Job"))
            self.assertIn(b"Job/2026/Q4", b"\n".join(self.ok(imap.list('""', "Job*"))))
            when = imaplib.Time2Internaldate(784111777)
            answer = self.ok(imap.append("Job", r"(\Seen custom)", when, LETTER))
            self.assertRegex(answer[0], rb"APPENDUID \d+ 1")
            self.ok(imap.select("Job"))
            fetched = self.ok(imap.fetch("1", "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"))
            text = b"".join(part if isinstance(part, bytes) else part[0] + part[1] for part in fetched)
            self.assertIn(b'"06-Nov-1994 08:49:37 +0000"' if b'"06-' in text else b'" 6-Nov-1994 08:49:37 +0000"', text)
            self.assertRegex(text, rb"FLAGS \([^)]*\\Seen[^)]*\)")
            self.assertIn(b"custom", text)
            self.assertIn(b"RFC822.SIZE %d" % len(LETTER), text)
            self.assertEqual(self.ok(imap.fetch("1", "(BODY.PEEK[])"))[0][1], LETTER)
            self.assertEqual(self.ok(imap.fetch("1", "(BODY.PEEK[]<10.20>)"))[0][1], LETTER[10:30])
            self.assertEqual(self.ok(imap.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))[0][1], b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n\r\n")
            self.ok(imap.store("1", "+FLAGS", r"(\Flagged)"))
            for criteria, hits in (("FLAGGED", b"1"), ("UNSEEN", b""), ("KEYWORD custom", b"1"), ('SUBJECT "grüße"'.encode(), b"1"), ("TEXT nowhere", b""),
                                   ("SENTON 21-Nov-2026", b"1"), ("OR UNSEEN SEEN", b"1"), ("NOT FLAGGED", b""), ("SMALLER 10", b""), ("BODY hello", b"1")):
                with self.subTest(criteria=criteria):
                    if isinstance(criteria, bytes):
                        imap.literal = None
                        status, data = imap.search("UTF-8", criteria)
                        self.assertEqual((status, data[0] or b""), ("OK", hits))
                    else:
                        self.assertEqual(self.ok(imap.search(None, criteria))[0] or b"", hits)
            self.ok(imap.copy("1", "Archive"))
            self.assertRegex(imap.untagged_responses["COPYUID"][0], rb"^\d+ 1 \d+$")
            self.ok(imap.uid("MOVE", "1", "Trash"))
            self.ok(imap.noop())
            self.assertEqual(self.ok(imap.search(None, "ALL"))[0] or b"", b"")
            self.ok(imap.select("Trash"))
            self.assertEqual(self.ok(imap.fetch("1", "(BODY.PEEK[])"))[0][1], LETTER)
            self.ok(imap.store("1", "+FLAGS.SILENT", r"(\Deleted)"))
            self.assertEqual(self.ok(imap.expunge()), [b"1"])
            self.ok(imap.close())
            self.ok(imap.delete("Job/2026/Q4"))
            self.assertEqual(imap.delete("INBOX")[0], "NO")
            self.assertEqual(imap.select("Nowhere")[0], "NO")
            self.assertEqual(imap.append("Nowhere", "", "", LETTER)[0], "NO")

    def test_search_reads_a_letter_to_its_end(self):
        letter = b"Subject: long\r\nContent-Type: text/plain\r\n\r\n" + (b"x" * 74 + b"\r\n") * 80000 + b"the needle\r\n"
        with self.bob.imap() as imap:
            self.ok(imap.append("Archive", "", None, letter))
            self.ok(imap.select("Archive"))
            self.assertEqual(self.ok(imap.search(None, "BODY", '"the needle"')), [b"1"])
            self.assertEqual(self.ok(imap.search(None, "BODY", '"no such needle"')), [b""])

    def test_refused_store_takes_no_keyword(self):
        with self.bob.imap() as imap:
            self.ok(imap.create("Tags"))
            self.ok(imap.append("Tags", "", None, LETTER))
            self.ok(imap.select("Tags"))
            self.ok(imap.store("1", "+FLAGS", "(one)"))
            self.assertEqual(imap.store("1", "+FLAGS", "(" + " ".join(f"k{n}" for n in range(58)) + ")")[0], "NO")
            self.assertIn(b"two", self.ok(imap.store("1", "+FLAGS", "(two)"))[0])

    def test_errors_are_forgiven_who_delivers(self):
        with self.mail.smtp() as client:
            for _ in range(3):
                self.assertEqual(client.mail("peer@example.net")[0], 250)
                for _ in range(4):
                    self.assertEqual(client.rcpt("nobody@example.org")[0], 550)
                self.assertEqual(client.rcpt("alice@example.org")[0], 250)
                self.assertEqual(client.data(LETTER)[0], 250)

    def test_lmtp_knows_no_limit_of_errors(self):
        with smtplib.LMTP(str(self.mail.state.resolve() / "run" / "lmtp.sock"), timeout=60) as client:
            client.ehlo("front.example.net")
            self.assertEqual(client.mail("peer@example.net")[0], 250)
            for _ in range(12):
                self.assertEqual(client.rcpt("nobody@example.org")[0], 550)
            self.assertEqual(client.rcpt("alice@example.org")[0], 250)

    def test_idle_hears_a_new_letter(self):
        with self.bob.imap("INBOX") as imap:
            before = int(imap.untagged_responses["EXISTS"][-1]) if "EXISTS" in imap.untagged_responses else self.bob.count()
            imap.send(b"i1 IDLE\r\n")
            self.assertTrue(imap.readline().startswith(b"+"))
            start = time.monotonic()
            self.mail.send("peer@example.net", ["bob@example.org"], LETTER)
            while True:
                line = imap.readline()
                match = re.match(rb"\* (\d+) EXISTS", line)
                if match:
                    break
                self.assertTrue(line.startswith(b"* "), line)
            self.assertLess(time.monotonic() - start, 5)
            self.assertGreater(int(match.group(1)), before)
            imap.send(b"DONE\r\n")
            while not imap.readline().startswith(b"i1 OK"):
                pass

    def test_two_sessions_share_one_view(self):
        with self.alice.imap() as one, self.alice.imap() as two:
            self.ok(one.append("Drafts", "", "", LETTER))
            self.ok(one.select("Drafts"))
            self.ok(two.select("Drafts"))
            count = int(two.untagged_responses.get("EXISTS", [b"1"])[-1])
            self.ok(one.store(str(count), "+FLAGS", r"(\Answered)"))
            self.ok(two.noop())
            self.assertIn(rb"\Answered", b"".join(two.untagged_responses.get("FETCH", [])))
            self.ok(one.store(str(count), "+FLAGS", r"(\Deleted)"))
            self.ok(one.expunge())
            self.ok(two.noop())
            self.assertIn(str(count).encode(), two.untagged_responses.get("EXPUNGE", []))


if __name__ == "__main__":
    unittest.main()
