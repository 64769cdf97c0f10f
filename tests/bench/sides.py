"""The servers that are compared, each in an accounting group of its own: Tegu on a fresh private PostgreSQL,
Postfix and Dovecot from Debian with production settings and fsync as shipped, and the sink.

A Side is what a generator is told: where to connect, how the users are named. Users u0..u19, the owner of
the large mailboxes "big", "idle" ones; password pw. On Dovecot a letter in front of the name chooses the
store: m Maildir, s sdbox (passwords in plain text: logging in shall not count there), h Maildir with the
same yescrypt hash that Tegu keeps."""
import concurrent.futures
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import accounting
import peers
import tegu

USERS = [*(f"u{number}" for number in range(20)), "big"]
IDLE_USERS = 1000
# yescrypt, cost 5: what Tegu makes and what Debian's crypt(3) makes by default.
HASH = "{CRYPT}$y$j9T$abcdefghijklmnop$wRwvHNqzMkHLG74uLLCRVTwaZ.a1aIothEUeYGf9oED"


class Side:
    """key: its name in results; server: who runs it (None: the sink); prefix: what users' names begin with."""

    def __init__(self, key, server, smtp, imap, imaps=None, prefix="", login_domain=""):
        self.key, self.server, self.smtp, self.imap, self.imaps = key, server, smtp, imap, imaps
        self.prefix, self.login_domain, self.filled = prefix, login_domain, set()

    @property
    def group(self):
        return self.server.group


class Tegu:
    # The load comes from one address, which is what limits for each address are against.
    SETTINGS = {"imap.allow_plaintext_auth": "true", "smtp.message_limit": "100000", "smtp.connections_per_address": "1000", "imap.connections_per_address": "6000"}

    def __init__(self):
        self.idle_users = 0

    def __enter__(self):
        self.group = accounting.Group("tegu")
        self.instance = tegu.Instance(domain="bench.test", settings=self.SETTINGS)
        with self.group.inside():
            self.instance.__enter__()
        for user in USERS:
            self.instance.account(f"{user}@bench.test", "pw")
        return self

    def side(self):
        smtp, imap, imaps = (self.instance.port(name) for name in ("smtp", "imap", "imaps"))
        return Side("tegu", self, smtp, imap, imaps, login_domain="bench.test")

    def restart(self, between=lambda: None):
        """between(): called while it is down."""
        self.instance.down()
        try:
            between()
        finally:
            with self.group.inside():
                self.instance.up()

    @contextlib.contextmanager
    def hurried(self, side):
        """How to fill mailboxes fast: as always."""
        yield side

    def add_idle_users(self, count):
        """Their passwords are never measured: the cheapest hash."""
        self.instance.ctl("config", "set", "auth.hash_cost", "1")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: self.instance.account(f"idle{number}@bench.test", "pw"), range(self.idle_users, count)))
        self.idle_users = max(self.idle_users, count)
        self.instance.ctl("config", "reset", "auth.hash_cost")

    def __exit__(self, *_):
        self.instance.down()
        self.group.remove()


def end(process):
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(30)


# A busy site's choice: login processes that stay, mail processes that serve many logins, an auth cache
# whose hashes are compared by worker processes, not by the one auth process.
TUNED = """
auth_cache_size = 10M
auth_cache_verify_password_with_worker = yes
service imap-login {
  service_count = 0
  process_min_avail = 2
  client_limit = 8000
}
service imap {
  process_limit = 6000
  service_count = 200
  process_min_avail = 4
}
service lmtp {
  process_min_avail = 4
}
"""

# Debian's configuration; only the limits that 5,000 connections need are raised. A login process stays with
# each TLS connection.
DEFAULT = """
service imap-login {
  process_limit = 6000
}
service imap {
  process_limit = 6000
}
"""


class Dovecot:
    """IMAP and LMTP; mode is one of the texts above."""

    def __init__(self, name, mode):
        self.name, self.mode = name, mode

    def __enter__(self):
        self.group = accounting.Group(self.name)
        self.home = tegu.folder("tegu-bench-dovecot-")
        self.imap, self.imaps, self.lmtp = (tegu.free_port() for _ in range(3))
        self.configure()
        self.start()
        return self

    def side(self, key, prefix):
        return Side(key, self, None, self.imap, self.imaps, prefix)

    def configure(self):
        user = pwd.getpwnam("mail")
        (self.home / "mail").mkdir()
        os.chown(self.home / "mail", user.pw_uid, user.pw_gid)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.home / "key.pem", "-out", self.home / "cert.pem",
                        "-days", "30", "-subj", "/CN=localhost"], check=True, capture_output=True)
        lines = [f"h{name}:{HASH}::::::" for name in USERS]
        for name in [*USERS, *(f"idle{number}" for number in range(IDLE_USERS))]:
            lines += [f"m{name}:{{PLAIN}}pw::::::", f"s{name}:{{PLAIN}}pw::::::userdb_mail=sdbox:~/sdbox"]
        (self.home / "users").write_text("\n".join(lines) + "\n")
        self.write_conf("dovecot.conf", self.home, self.imap, self.imaps, self.lmtp, self.mode)

    def write_conf(self, name, home, imap, imaps, lmtp, mode):
        user = pwd.getpwnam("mail")
        (self.home / name).write_text(f"""
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.home}/cert.pem
ssl_key = <{self.home}/key.pem
auth_mechanisms = plain login
auth_username_format = %Ln
first_valid_uid = 1
mail_uid = {user.pw_uid}
mail_gid = {user.pw_gid}
mail_home = {self.home}/mail/%n
mail_location = maildir:~/Maildir
mail_max_userip_connections = 0
passdb {{
  driver = passwd-file
  args = {self.home}/users
}}
userdb {{
  driver = passwd-file
  args = {self.home}/users
}}
service anvil {{
  client_limit = 18000
}}
service auth {{
  client_limit = 18000
}}
service stats {{
  client_limit = 18000
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
namespace inbox {{
  inbox = yes
}}
{mode}""")

    def start(self):
        with self.group.inside():
            self.process = self.run("dovecot.conf")
        tegu.wait_until("Dovecot answers", lambda: peers.answers(self.imap) and peers.answers(self.lmtp))

    def run(self, conf):
        return subprocess.Popen(["dovecot", "-F", "-c", str(self.home / conf)], stdout=subprocess.DEVNULL, stderr=(self.home / "out").open("ab"), start_new_session=True)

    def stop(self):
        end(self.process)

    @contextlib.contextmanager
    def hurried(self, side):
        """The same mailboxes through a second Dovecot that does not wait for the disk: for filling them."""
        home, imap, imaps, lmtp = self.home / "hurried", *(tegu.free_port() for _ in range(3))
        home.mkdir(exist_ok=True)
        self.write_conf("hurried.conf", home, imap, imaps, lmtp, "mail_fsync = never\n")
        process = self.run("hurried.conf")
        try:
            tegu.wait_until("Dovecot answers", lambda: peers.answers(imap))
            yield Side(side.key, self, None, imap, imaps, side.prefix)
        finally:
            end(process)

    def restart(self, between=lambda: None):
        self.stop()
        try:
            between()
        finally:
            self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        self.group.remove()


class Postfix:
    """Receives, and hands over to a Dovecot by LMTP; belongs to the Dovecot's accounting group."""

    def __init__(self, dovecot):
        self.dovecot, self.group = dovecot, dovecot.group

    def __enter__(self):
        extra = f"virtual_transport = lmtp:inet:127.0.0.1:{self.dovecot.lmtp}\nmessage_size_limit = 52428800\nvirtual_mailbox_limit = 0\nin_flow_delay = 0"
        self.postfix = peers.Postfix(domains=["bench.test"], extra=extra)
        with self.group.inside():
            self.postfix.__enter__()
        return self

    def __exit__(self, *_):
        self.postfix.stop()


class Sink:
    def __init__(self, tools):
        self.tools, self.smtp, self.imap = tools, tegu.free_port(), tegu.free_port()

    def __enter__(self):
        self.group = accounting.Group("sink")
        with self.group.inside():
            self.process = subprocess.Popen([self.tools / "sink", f"smtp_port={self.smtp}", f"imap_port={self.imap}"])
        tegu.wait_until("the sink answers", lambda: peers.answers(self.smtp) and peers.answers(self.imap))
        return self

    def side(self):
        return Side("sink", self, self.smtp, self.imap)

    def restart(self, between=lambda: None):
        pass

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.group.remove()


class Sides:
    """Starts a server when the first work asks for one of its sides; ends all at the end."""

    def __init__(self, tools):
        self.tools, self.stack, self.made, self.servers = tools, contextlib.ExitStack(), {}, {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def server(self, name, make):
        if name not in self.servers:
            self.servers[name] = self.stack.enter_context(make())
        return self.servers[name]

    def get(self, key):
        if key not in self.made:
            self.made[key] = self.make(key)
        return self.made[key]

    def make(self, key):
        if key == "tegu":
            return self.server("tegu", Tegu).side()
        if key == "sink":
            return self.server("sink", lambda: Sink(self.tools)).side()
        if key in ("default", "default-hashed"):
            return self.server("default", lambda: Dovecot("default", DEFAULT)).side(key, "h" if key == "default-hashed" else "m")
        tuned = self.server("tuned", lambda: Dovecot("tuned", TUNED))
        if key == "postfix":
            side = tuned.side(key, "m")
            side.smtp = self.server("postfix", lambda: Postfix(tuned)).postfix.port
            return side
        return tuned.side(key, {"maildir": "m", "sdbox": "s", "tuned-hashed": "h"}[key])


NAMES = {"tegu": "Tegu", "postfix": "Postfix + Dovecot (Maildir)", "maildir": "Dovecot (Maildir)", "sdbox": "Dovecot (sdbox)",
         "tuned-hashed": "Dovecot (tuned)", "default-hashed": "Dovecot (default)", "default": "Dovecot (default)", "sink": "sink"}
