"""A list of a large mailbox is the same whether it comes from its digests (mailbox_digest) or from each letter:
over nasty messages, after EXPUNGE, COPY and MOVE, through another node, and when digests are gone or damaged."""
import json
import subprocess
import unittest

import nasty
import tegu

LIST = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"
BLOCK = 512


def listed(account, mailbox="INBOX", items=LIST):
    """The mailbox by one command: what should come from digests."""
    with account.imap(mailbox) as imap:
        status, answer = imap.fetch("1:*", items)
        assert status == "OK", answer
        return answer


def in_pieces(account, mailbox="INBOX", items=LIST):
    """The mailbox by many commands: so few messages always come from their letters."""
    with account.imap(mailbox) as imap:
        answers = []
        count = int(imap.untagged_responses["EXISTS"][-1])
        for first in range(1, count + 1, 15):
            status, answer = imap.fetch(f"{first}:{min(first + 14, count)}", items)
            assert status == "OK", answer
            answers += answer
        return answers


class Digests(unittest.TestCase):
    def setUp(self):
        self.mail = tegu.Instance()
        self.mail.__enter__()
        self.addCleanup(self.mail.__exit__)
        self.alice = self.mail.account("alice@example.org")
        with self.alice.imap() as imap:
            for _, content, _ in nasty.messages():
                imap.literal = content  # imaplib's append() rewrites line ends
                self.assertEqual(imap._simple_command("APPEND", "INBOX")[0], "OK")
            imap.select("INBOX")
            for _ in range(3):
                self.assertEqual(imap.copy("1:300", "INBOX")[0], "OK")

    def sql(self, text):
        host = next(path.parent for path in self.mail.state.resolve().rglob(".s.PGSQL.*") if path.is_socket())
        command = ["psql", "-XqAtw", "-h", str(host), "-U", "tegu_owner", "-d", "tegu", "-v", "ON_ERROR_STOP=1", "-c", text]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.split()

    def blocks(self):
        """First UIDs of the digests of INBOX."""
        return self.sql("SELECT first_uid FROM mailbox_digest d JOIN mailbox m ON m.id = d.mailbox_id WHERE m.name = 'INBOX' ORDER BY 1")

    def forget(self):
        """Nothing is in memory any more."""
        self.mail.kill("tegu-imapd")
        tegu.wait_until("tegu-imapd is back", lambda: self.mail.answers("imaps"))

    def same(self, got, wanted, what):
        self.assertEqual(len(got), len(wanted), what)
        for line, want in zip(got, wanted):
            self.assertEqual(line, want, what)

    def check(self, account, mailbox="INBOX"):
        """Twice: the first may have to make digests, the second has them."""
        wanted = in_pieces(account, mailbox)
        for what in ("first", "second"):
            self.same(listed(account, mailbox), wanted, f"{what} list of {mailbox}")
        self.same(listed(account, mailbox, "(ENVELOPE)"), in_pieces(account, mailbox, "(ENVELOPE)"), f"envelopes of {mailbox}")

    def test_life(self):
        self.assertEqual(self.blocks(), [])
        self.check(self.alice)
        self.assertEqual(self.blocks(), ["1", "513"])  # 1,200 messages: the third block is not full
        self.forget()
        self.check(self.alice)
        with self.alice.imap("INBOX") as imap:
            imap.store("5,100:200,1025:1030", "+FLAGS.SILENT", r"(\Deleted)")
            imap.expunge()
            self.assertEqual(imap.create("Other")[0], "OK")
            self.assertEqual(imap.uid("MOVE", "300:400", "Other")[0], "OK")
            self.assertEqual(imap.copy("1:*", "Other")[0], "OK")
        self.check(self.alice)
        self.check(self.alice, "Other")
        self.assertEqual(self.blocks(), ["1", "513"])
        # Made anew from fewer messages.
        self.sql("DELETE FROM mailbox_digest")
        self.forget()
        self.check(self.alice)
        self.assertEqual(self.blocks(), ["1", "513"])

    def test_damaged(self):
        listed(self.alice)
        wanted = in_pieces(self.alice)
        # Cut, of another block, of nothing that we know, flipped in the middle.
        swap = "(SELECT digest FROM mailbox_digest o WHERE o.account_id = d.account_id AND o.mailbox_id = d.mailbox_id AND o.first_uid <> d.first_uid)"
        for damage in ("substr(digest, 1, length(digest) / 2)", swap, r"'\x00'", r"''", "set_byte(digest, 100, get_byte(digest, 100) # 255)",
                       "set_byte(digest, length(digest) - 100, get_byte(digest, length(digest) - 100) # 1)"):
            self.sql(f"UPDATE mailbox_digest d SET digest = {damage}")
            self.forget()
            self.same(listed(self.alice), wanted, damage)
            self.same(listed(self.alice), wanted, damage)

    def test_two_nodes(self):
        database = json.loads(self.mail.ctl("--json", "status"))["database"]
        with tegu.Instance(database=database) as two:
            there = tegu.Account(two, self.alice.address, self.alice.password)
            self.check(self.alice)
            self.check(there)
            with there.imap("INBOX") as imap:
                imap.store("1:100", "+FLAGS.SILENT", r"(\Deleted)")
                imap.expunge()
            self.check(self.alice)
            with self.alice.imap("INBOX") as imap:
                self.assertEqual(imap.copy("1:500", "INBOX")[0], "OK")
                # Another block is full now; a session that was opened before it was sees none of it.
                self.check(there)
                self.assertEqual(self.blocks(), ["1", "513", "1025"])
            self.check(self.alice)


if __name__ == "__main__":
    unittest.main()
