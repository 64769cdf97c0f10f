"""offlineimap: a first download, a change on each side, a second run that changes nothing."""
import os
import subprocess
import unittest

import tegu


class Offlineimap(unittest.TestCase):
    def setUp(self):
        self.mail = tegu.Instance()
        self.mail.__enter__()
        self.addCleanup(self.mail.__exit__)
        self.bob = self.mail.account("bob@example.org")
        self.home = tegu.folder("tegu-offlineimap-")
        certificate = [path for path in self.mail.state.resolve().rglob("*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes()][0]
        (self.home / "rc").write_text(f"""
[general]
accounts = bob
metadata = {self.home}/meta
ui = basic
[Account bob]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {self.home}/mail
[Repository far]
type = IMAP
remotehost = localhost
remoteport = {self.mail.port('imaps')}
remoteuser = {self.bob.address}
remotepass = {self.bob.password}
ssl = yes
sslcacertfile = {certificate}
usecompression = no
createfolders = True
""")

    def sync(self):
        done = subprocess.run(["offlineimap", "-o", "-c", str(self.home / "rc")], capture_output=True, text=True, timeout=200,
                              env={**os.environ, "HOME": str(self.home), "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def local(self):
        inbox = self.home / "mail" / "INBOX"
        return sorted(path.name for sub in ("cur", "new") for path in (inbox / sub).iterdir())

    def test_sync(self):
        with self.bob.imap() as imap:
            for number in range(50):
                self.assertEqual(imap.append("INBOX", "", None, f"Subject: {number}\r\n\r\nbody\r\n".encode())[0], "OK")
        self.sync()
        self.assertEqual(len(self.local()), 50)
        first = self.home / "mail" / "INBOX" / "cur"
        some = next(path for sub in ("new", "cur") for path in (self.home / "mail" / "INBOX" / sub).iterdir())
        some.rename(first / (some.name.split(":")[0] + ":2,FS"))
        with self.bob.imap("INBOX") as imap:
            imap.store("5", "+FLAGS.SILENT", r"(\Deleted)")
            imap.expunge()
        self.sync()
        with self.bob.imap("INBOX") as imap:
            flagged = imap.search(None, "FLAGGED")[1][0].split()
        self.assertEqual(len(self.local()), self.bob.count())
        self.assertLessEqual(len(flagged), 1)
        before = self.local()
        self.sync()
        self.assertEqual(self.local(), before)


if __name__ == "__main__":
    unittest.main()
