"""Two nodes on one database: one dies with a letter half sent; the other sends it when the lease is over."""
import json
import signal
import time
import unittest

import sink
import tegu

LEASE = 30


class Takeover(unittest.TestCase):
    def test_the_other_node_goes_on(self):
        hop = sink.Sink()
        self.addCleanup(hop.close)
        with tegu.Instance(settings={"queue.lease_time": f"{LEASE}s", "queue.retry": "1s"}) as one:
            alice = one.account("alice@example.org")
            one.ctl("route", "add", "example.com", f"smtp://127.0.0.1:{hop.port}")
            old = one.kill("tegu-queue")  # the lease time is read at the start
            tegu.wait_until("a new tegu-queue", lambda: set(one.pids("tegu-queue")) - set(old))
            tegu.wait_until("tegu-queue answers", lambda: b"ready" in one.ctl("status", check=False).stdout.split(b"tegu-queue")[1].split(b"\n")[0])
            database = json.loads(one.ctl("--json", "status"))["database"]
            with tegu.Instance(database=database) as two:
                there = tegu.Account(two, alice.address, alice.password)
                hop.hangs.set()
                one.kill("tegu-queue", signal.SIGSTOP)  # so that the other one gets it
                two.send(alice.address, ["x@example.com"], b"Subject: stuck\r\n\r\nhi\r\n", "submissions", there)
                tegu.wait_until("the letter half sent", lambda: hop.begun["stuck"])
                two.kill("tegu-ctl")  # its supervisor: nobody starts it again
                two.kill("tegu-queue")
                one.kill("tegu-queue", signal.SIGCONT)
                hop.hangs.clear()
                start = time.monotonic()
                tegu.wait_until("the letter", lambda: hop.taken["stuck"], LEASE + 30)
                print(f"taken over after {time.monotonic() - start:.0f} s")
                tegu.wait_until("an empty queue", lambda: one.ctl_json("queue", "list") == [])
                time.sleep(2)
        self.assertEqual(hop.taken["stuck"], 1)


if __name__ == "__main__":
    unittest.main()
