"""mbsync: two-way synchronisation of 1,000 messages; the second run changes nothing."""
import os
import pathlib
import subprocess
import unittest

import tegu

COUNT = 1000


class Mbsync(unittest.TestCase):
    def setUp(self):
        self.mail = tegu.Instance()
        self.mail.__enter__()
        self.addCleanup(self.mail.__exit__)
        self.alice = self.mail.account("alice@example.org")
        self.home = tegu.folder("tegu-mbsync-")
        self.maildir = self.home / "mail"
        self.maildir.mkdir()
        (self.home / "rc").write_text(f"""
IMAPAccount tegu
Host 127.0.0.1
Port {self.mail.port('imaps')}
User {self.alice.address}
Pass "{self.alice.password}"
SSLType IMAPS
CertificateFile {self.mail.state}/tls/cert.pem

IMAPStore far
Account tegu

MaildirStore near
Path {self.maildir}/
Inbox {self.maildir}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
""")

    def sync(self):
        done = subprocess.run(["mbsync", "-c", str(self.home / "rc"), "-a", "-V"], capture_output=True, text=True, timeout=300,
                              env={**os.environ, "HOME": str(self.home)})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def local(self, mailbox="INBOX"):
        folder = self.maildir / mailbox
        return sorted(path.name for sub in ("cur", "new") for path in (folder / sub).iterdir())

    def snapshot(self):
        with self.alice.imap("INBOX") as imap:
            return imap.fetch("1:*", "(UID FLAGS)")[1]

    def certificate(self):
        """The instance's certificate, wherever its state keeps it."""
        pems = [path for path in self.mail.state.resolve().rglob("*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes()]
        self.assertTrue(pems, "no certificate in the state folder")
        return pems[0]

    def test_two_way(self):
        rc = self.home / "rc"
        rc.write_text(rc.read_text().replace(f"{self.mail.state}/tls/cert.pem", str(self.certificate())).replace("Host 127.0.0.1", "Host localhost"))
        with self.alice.imap() as imap:
            for number in range(COUNT // 2):
                flags = r"(\Seen)" if number % 3 else ""
                letter = f"From: a@example.net\r\nSubject: far {number}\r\nMessage-ID: <far{number}@x>\r\n\r\nbody {number}\r\n".encode()
                self.assertEqual(imap.append("INBOX", flags, None, letter)[0], "OK")
        (self.maildir / "INBOX").mkdir()
        for sub in ("cur", "new", "tmp"):
            (self.maildir / "INBOX" / sub).mkdir()
        for number in range(COUNT // 2):
            path = self.maildir / "INBOX" / "cur" / f"1700000000.{number}.here:2,{'FS' if number % 5 == 0 else 'S'}"
            path.write_bytes(f"From: b@example.net\nSubject: near {number}\nMessage-ID: <near{number}@x>\n\nbody {number}\n".encode())
        self.sync()
        self.assertEqual(self.alice.count(), COUNT)
        self.assertEqual(len(self.local()), COUNT)
        names, rows = self.local(), self.snapshot()
        self.sync()
        self.assertEqual(self.local(), names)
        self.assertEqual(self.snapshot(), rows)
        # A change on each side reaches the other.
        with self.alice.imap("INBOX") as imap:
            imap.store("1:10", "+FLAGS.SILENT", r"(\Deleted)")
            imap.expunge()
        victims = [path for path in (self.maildir / "INBOX" / "cur").iterdir()][:7]
        for path in victims:
            path.unlink()
        self.sync()
        self.assertEqual(len(self.local()), self.alice.count())
        self.assertGreaterEqual(self.alice.count(), COUNT - 17)
        self.assertLess(self.alice.count(), COUNT - 9)


if __name__ == "__main__":
    unittest.main()
