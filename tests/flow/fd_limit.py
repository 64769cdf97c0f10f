"""A daemon whose descriptors run out does not spin, says so seldom, and serves again when there are some."""
import os
import pathlib
import socket
import subprocess
import time
import unittest

import crawl
import tegu

LIMIT = 64
CLIENTS = 200


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class DescriptorLimit(crawl.CrowdTest):
    def limit(self, pid):
        """64, or with many loops and connections of their own a few more than are in use."""
        used = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
        limit = max(LIMIT, used + 10)
        # As the daemon's own user: root may lack the right in a container.
        owner = pathlib.Path(f"/proc/{pid}").stat()
        subprocess.run(["prlimit", f"--nofile={limit}:{limit}", "--pid", str(pid)], user=owner.st_uid, group=owner.st_gid, check=True)

    def exhaust(self, daemon, service, greeting):
        pid, = self.mail.pids(daemon)
        with self.alice.imap("INBOX"):  # the daemon's own connections are open
            pass
        self.limit(pid)
        clients = [socket.create_connection(("127.0.0.1", self.mail.port(service)), timeout=20) for _ in range(CLIENTS)]
        served = 0
        try:
            tegu.wait_until("no descriptor is left", lambda: self.complaints(daemon) > 0)
            before, seconds = cpu_seconds(pid), 3
            time.sleep(seconds)
            self.assertLess(cpu_seconds(pid) - before, seconds / 3, f"{daemon} spins")
            for client in clients:
                client.setblocking(False)
                try:
                    served += client.recv(100).startswith(greeting)
                except (BlockingIOError, ConnectionResetError):
                    pass
            self.assertGreater(served, 0)
            self.assertLess(served, CLIENTS)
            self.assertLess(self.complaints(daemon), 10 * os.cpu_count())
        finally:
            for client in clients:
                client.close()
        # It is the same process, and it serves.
        self.assertEqual(self.mail.pids(daemon), [pid])

    def complaints(self, daemon):
        lines = (self.mail.state / "tegu.log").read_text(errors="replace").splitlines()
        return sum("listener.exhausted" in line and daemon in line for line in lines)

    def test_imap(self):
        self.exhaust("tegu-imapd", "imap", b"* OK")

        def logs_in():
            try:
                return self.alice.count() >= 0
            except OSError:
                return False

        tegu.wait_until("a login after the drought", logs_in)

    def test_smtp(self):
        self.exhaust("tegu-smtpd", "smtp", b"220 ")

        def is_taken():
            try:
                return self.mail.send("bob@example.net", [self.alice.address], b"Subject: x\r\n\r\nx\r\n") == {}
            except OSError:
                return False

        tegu.wait_until("a letter after the drought", is_taken)
        self.alice.wait_count(1)


if __name__ == "__main__":
    unittest.main()
