"""Two nodes on one database: a letter accepted on one is announced to an idle client on the other within a second."""
import json
import re
import time
import unittest

import tegu


class TwoNodes(unittest.TestCase):
    def test_idle_across_nodes(self):
        with tegu.Instance() as one:
            alice = one.account("alice@example.org")
            database = json.loads(one.ctl("--json", "status"))["database"]
            with tegu.Instance(database=database) as two:
                there = tegu.Account(two, alice.address, alice.password)
                with there.imap("INBOX") as imap:
                    imap.send(b"i1 IDLE\r\n")
                    self.assertTrue(imap.readline().startswith(b"+"))
                    delays = []
                    for number in range(5):
                        one.send("peer@example.net", [alice.address], b"Subject: hi\r\n\r\nx\r\n")
                        start = time.monotonic()
                        while not re.match(rb"\* %d EXISTS" % (number + 1), imap.readline()):
                            pass
                        delays.append(time.monotonic() - start)
                    print("accepted on one node, announced on the other after", " ".join(f"{delay * 1000:.0f} ms" for delay in delays))
                    # The promise is a second; timings do not decide tests, a lost announcement (slow poll) would.
                    self.assertLess(sorted(delays)[len(delays) // 2], 5)
                    imap.send(b"DONE\r\n")
                # A change made through one node is seen through the other at once.
                with alice.imap("INBOX") as here, there.imap("INBOX") as imap:
                    here.store("1", "+FLAGS", r"(\Flagged)")
                    imap.noop()
                    self.assertEqual(imap.search(None, "FLAGGED")[1], [b"1"])
                two.send("peer@example.net", [alice.address], b"Subject: other way\r\n\r\nx\r\n")
                self.assertEqual(alice.count(), 6)
            self.assertTrue(one.answers("imaps"))  # the other node's end leaves this one alone


if __name__ == "__main__":
    unittest.main()
