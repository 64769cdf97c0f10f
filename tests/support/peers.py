"""Other people's servers for flow tests: Postfix and Dovecot from Debian, in private folders on free
loopback ports. Both want to be started by root; as another user the tests that need them are skipped."""
import atexit
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import unittest

import tegu

needs_root = unittest.skipUnless(os.geteuid() == 0, "Postfix and Dovecot can only be started by root")


def answers(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


class Postfix:
    """relay: {domain: "smtp:[host]:port"} next hops; domains: delivered here, one mbox a recipient."""

    def __init__(self, relay=None, domains=(), extra=""):
        self.port = tegu.free_port()
        self.home = tegu.folder("tegu-postfix-")
        self.relay, self.domains, self.extra = relay or {}, list(domains), extra

    def __enter__(self):
        user = pwd.getpwnam("postfix")
        for name in ("etc", "spool", "data", "mail"):
            (self.home / name).mkdir()
        os.chown(self.home / "data", user.pw_uid, user.pw_gid)
        os.chown(self.home / "mail", user.pw_uid, user.pw_gid)
        master = pathlib.Path("/etc/postfix/master.cf.proto").read_text().splitlines()
        lines = [f"127.0.0.1:{self.port} inet n - n - - smtpd", "postlog unix-dgram n - n - 1 postlogd"]
        for line in master:
            words = line.split()
            if line[:1].isalnum() and len(words) >= 8:
                if words[0] in ("smtp", "postlog") and words[1] in ("inet", "unix-dgram"):
                    continue
                words[4] = "n"
                lines.append(" ".join(words))
            elif line[:1] in (" ", "\t"):
                lines.append(line)
        (self.home / "etc" / "master.cf").write_text("\n".join(lines) + "\n")
        for name in ("dynamicmaps.cf", "postfix-files"):
            if pathlib.Path("/etc/postfix", name).exists():
                shutil.copy(f"/etc/postfix/{name}", self.home / "etc" / name)
        for name in ("dynamicmaps.cf.d", "postfix-files.d"):
            (self.home / "etc" / name).mkdir()
        (self.home / "etc" / "transport").write_text("".join(f"{domain} {hop}\n" for domain, hop in self.relay.items()))
        (self.home / "etc" / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.home}/spool
data_directory = {self.home}/data
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {self.home}/log
maillog_file_prefixes = /tmp, /var
myhostname = postfix.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
relay_domains = {" ".join(self.relay)}
transport_maps = texthash:{self.home}/etc/transport
virtual_mailbox_domains = {" ".join(self.domains)}
virtual_mailbox_base = {self.home}/mail
virtual_mailbox_maps = static:box
virtual_minimum_uid = 1
virtual_uid_maps = static:{user.pw_uid}
virtual_gid_maps = static:{user.pw_gid}
smtputf8_enable = yes
alias_maps =
alias_database =
smtp_dns_support_level = disabled
{self.extra}
""")
        # Makes the folders of the queue.
        subprocess.run(["postfix", "-c", str(self.home / "etc"), "check"], capture_output=True, check=True)
        self.process = subprocess.Popen(["/usr/lib/postfix/sbin/master", "-c", str(self.home / "etc")], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        atexit.register(self.stop)
        tegu.wait_until("Postfix answers", lambda: answers(self.port))
        return self

    def log(self):
        path = self.home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)

    def __exit__(self, *_):
        self.stop()

    def mbox(self, address):
        """What was delivered for an address, letter after letter."""
        path = self.home / "mail" / "box"
        letters = path.read_bytes().split(b"\nFrom ") if path.exists() else []
        return b"\n".join(letter for letter in letters if b"\nDelivered-To: " + address.encode() + b"\n" in letter)


class DovecotLmtp:
    """An LMTP server that delivers to Maildir."""

    def __init__(self):
        self.port = tegu.free_port()
        self.home = tegu.folder("tegu-dovecot-")

    def __enter__(self):
        user = pwd.getpwnam("mail")
        (self.home / "mail").mkdir()
        os.chown(self.home / "mail", user.pw_uid, user.pw_gid)
        (self.home / "dovecot.conf").write_text(f"""
base_dir = {self.home}/run
state_dir = {self.home}/state
log_path = {self.home}/log
protocols = lmtp
listen = 127.0.0.1
ssl = no
first_valid_uid = 1
mail_uid = {user.pw_uid}
mail_gid = {user.pw_gid}
mail_home = {self.home}/mail/%n
mail_location = maildir:~/Maildir
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={user.pw_uid} gid={user.pw_gid} home={self.home}/mail/%n allow_all_users=yes
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.port}
  }}
}}
""")
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(self.home / "dovecot.conf")], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        atexit.register(self.stop)
        tegu.wait_until("Dovecot answers", lambda: answers(self.port))
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)

    def __exit__(self, *_):
        self.stop()

    def letters(self, local):
        return [path.read_bytes() for path in (self.home / "mail" / local).rglob("new/*")]
