"""kill -9 of tegu-queue and of PostgreSQL while letters are relayed to a next hop: every acknowledged letter
arrives there, and at most those that were under way at a kill arrive twice."""
import re
import threading
import time
import unittest

import sink
import tegu

LETTERS, VICTIMS = 400, ("tegu-queue", "tegu-queue", "postgres", "tegu-queue", "tegu-router", "tegu-queue")


class RelayKill(unittest.TestCase):
    def test_nothing_is_lost(self):
        # Slow enough that kills meet letters under way.
        hop = sink.Sink(pause=0.01)
        self.addCleanup(hop.close)
        with tegu.Instance(settings={"queue.retry": "1s,1s,2s"}) as mail:
            alice = mail.account("alice@example.org")
            mail.ctl("route", "add", "example.com", f"smtp://127.0.0.1:{hop.port}")
            acknowledged = []

            def send():
                number = 0
                while number < LETTERS:
                    try:
                        with mail.smtp("submissions", alice) as client:
                            while number < LETTERS:
                                name = f"letter-{number}"
                                client.sendmail(alice.address, ["x@example.com"], f"Subject: {name}\r\n\r\nhi\r\n".encode())
                                acknowledged.append(name)
                                number += 1
                    except Exception:
                        number += 1  # unanswered: it may arrive or not
                        time.sleep(0.1)

            sender = threading.Thread(target=send)
            sender.start()
            for victim in VICTIMS:
                time.sleep(0.7)
                mail.kill(victim)
            sender.join(120)
            self.assertFalse(sender.is_alive())
            tegu.wait_until("an empty queue", lambda: mail.ctl_json("queue", "list") == [], 90, 0.5)
        lost = [name for name in acknowledged if not hop.taken[name]]
        doubled = [name for name, count in hop.taken.items() if count > 1]
        print(f"acknowledged {len(acknowledged)}, arrived {len(hop.taken)}, lost {len(lost)}, doubled {len(doubled)}")
        self.assertEqual(lost, [])
        self.assertGreater(len(acknowledged), LETTERS // 2)
        # A next hop's "250" that a kill kept from being written down is asked for again: one letter a session at most.
        self.assertLessEqual(len(doubled), 20 * len(VICTIMS))
        self.assertFalse([name for name in hop.taken if not re.fullmatch(r"letter-\d+", name)])


if __name__ == "__main__":
    unittest.main()
