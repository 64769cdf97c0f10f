"""Hundreds of clients that send a byte now and then: the others are served as ever, and each costs little."""
import pathlib
import unittest

import crawl
import tegu

CLIENTS = 300
# What one slow connection may cost its daemon, TLS not counted; sanitizers would not keep it.
MOST_KIB = 32


def pss(pid):
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1])


class SlowConnections(crawl.CrowdTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail.send("bob@example.net", [cls.alice.address], b"Subject: first\r\n\r\nx\r\n")
        cls.alice.wait_count(1)

    def sessions(self):
        return self.mail.ctl("sessions").count("127.0.0.1:")

    def crowd(self, daemon, service):
        pid, = self.mail.pids(daemon)
        # So many at once that every loop takes some of them.
        tegu.wait_until("the limits are in force", lambda: crawl.admits(self.mail.port(service), CLIENTS))
        tegu.wait_until("the probes are gone", lambda: self.sessions() == 0)
        before, letters = pss(pid), self.alice.count()
        with crawl.Crawlers(self.mail.port(service), service, CLIENTS, every=1.0) as slow:
            for number in range(20):
                self.mail.send("bob@example.net", [self.alice.address], b"Subject: x\r\n\r\nx\r\n")
                with self.alice.imap("INBOX") as client:
                    self.assertEqual(client.fetch("1", "(BODY.PEEK[])")[0], "OK")
            self.alice.wait_count(letters + 20)
            cost = (pss(pid) - before) / CLIENTS
            print(f"{service}: {cost:.1f} KiB for each slow connection")
            self.assertLess(cost, MOST_KIB)
            self.assertEqual(slow.alive(), CLIENTS)
            self.assertEqual(slow.lost, 0)
            self.assertEqual(self.sessions(), CLIENTS)
        # Those that leave are forgotten.
        tegu.wait_until("the crowd is gone", lambda: self.sessions() == 0)
        self.assertEqual(self.mail.pids(daemon), [pid])

    def test_smtp(self):
        self.crowd("tegu-smtpd", "smtp")

    def test_imap(self):
        self.crowd("tegu-imapd", "imap")


if __name__ == "__main__":
    unittest.main()
