"""kill -9 of each daemon and of PostgreSQL, one after another, while sessions send and read:
every acknowledged message is there exactly once."""
import collections
import contextlib
import re
import smtplib
import threading
import time
import unittest

import tegu

SENDERS, READERS = 5, 5
VICTIMS = ("tegu-smtpd", "tegu-router", "tegu-queue", "tegu-imapd", "postgres")


class Kill(unittest.TestCase):
    def setUp(self):
        self.mail = tegu.Instance()
        self.mail.__enter__()
        self.addCleanup(self.mail.__exit__)
        self.accounts = [self.mail.account(f"user{number}@example.org") for number in range(SENDERS)]
        self.acknowledged = collections.Counter()
        self.uncertain = set()
        self.stop = threading.Event()
        self.reads = 0

    def send(self, number):
        """One letter after another; a name is noted as acknowledged only after its 250."""
        account, count = self.accounts[number], 0
        client = None
        while not self.stop.is_set():
            count += 1
            name = f"s{number}-{count}"
            letter = f"Subject: {name}\r\nMessage-ID: <{name}@example.net>\r\n\r\n".encode() + b"line\r\n" * (count % 50)
            try:
                if client is None:
                    client = smtplib.SMTP("127.0.0.1", self.mail.port("smtp"), timeout=15)
                self.uncertain.add(name)
                client.sendmail("peer@example.net", [account.address], letter)
                self.acknowledged[name] += 1
                self.uncertain.discard(name)
            except (smtplib.SMTPException, OSError) as error:
                # Refused before its data, it must not be there. A 451 after the data, as a cut connection, leaves it open.
                if isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused)):
                    self.uncertain.discard(name)
                with contextlib.suppress(Exception):
                    client.close()
                client = None
                time.sleep(0.05)

    def read(self, number):
        account = self.accounts[number]
        while not self.stop.is_set():
            try:
                with account.imap("INBOX") as imap:
                    imap.sock.settimeout(15)
                    for _ in range(20):
                        if self.stop.is_set():
                            return
                        imap.fetch("1:*", "(UID FLAGS)")
                        imap.store("1", "+FLAGS", r"(\Seen)")
                        self.reads += 1
            except Exception:
                time.sleep(0.1)

    def names(self, account):
        found = []
        with account.imap("INBOX") as imap:
            status, answer = imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            self.assertEqual(status, "OK")
            for part in answer:
                if isinstance(part, tuple):
                    found.append(re.search(rb"Subject: (\S+)", part[1]).group(1).decode())
        return found

    def test_nothing_is_lost_or_doubled(self):
        threads = [threading.Thread(target=self.send, args=(n,)) for n in range(SENDERS)]
        threads += [threading.Thread(target=self.read, args=(n,)) for n in range(READERS)]
        for thread in threads:
            thread.start()
        try:
            for victim in VICTIMS * 2:
                time.sleep(1)
                before = sum(self.acknowledged.values())
                self.mail.kill(victim)
                tegu.wait_until(f"mail flows again after kill -9 of {victim}", lambda: sum(self.acknowledged.values()) > before + 10, 60)
                tegu.wait_until(f"IMAP answers again after kill -9 of {victim}", lambda: self.mail.answers("imaps"), 60)
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(60)
        found = collections.Counter()
        for account in self.accounts:
            found.update(self.names(account))
        lost = [name for name in self.acknowledged if not found[name]]
        doubled = [name for name, count in found.items() if count > 1]
        stray = [name for name in found if name not in self.acknowledged and name not in self.uncertain]
        print(f"acknowledged {len(self.acknowledged)}, found {sum(found.values())}, unanswered {len(self.uncertain)}, reads {self.reads}, "
              f"lost {len(lost)}, doubled {len(doubled)}, refused but there {len(stray)}")
        self.assertEqual((lost, doubled, stray), ([], [], []))
        self.assertGreater(len(self.acknowledged), 100)
        self.assertGreater(self.reads, 10)


if __name__ == "__main__":
    unittest.main()
