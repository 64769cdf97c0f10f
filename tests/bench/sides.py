"""The two sides of a benchmark: Tegu on a fresh private PostgreSQL, and Postfix + Dovecot from Debian with
production settings and fsync as shipped. Each side runs in a CPU accounting group of its own, so that every
process counts (PostgreSQL included). Users u0..u99@bench.test, password pw."""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import peers
import tegu

USERS = 100


class CpuGroup:
    """CPU seconds of everything that was started inside, ended processes too (cgroup v1 or v2)."""

    def __init__(self, name):
        root = pathlib.Path("/sys/fs/cgroup")
        self.v1 = (root / "cpuacct").is_dir()
        base = root / "cpuacct" if self.v1 else root
        self.path = base / f"tegu-bench-{os.getpid()}-{name}"
        self.path.mkdir(exist_ok=True)

    def enter(self):
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self):
        if self.v1:
            return int((self.path / "cpuacct.usage").read_text()) / 1e9
        line = next(line for line in (self.path / "cpu.stat").read_text().splitlines() if line.startswith("usage_usec"))
        return int(line.split()[1]) / 1e6

    def remove(self):
        with contextlib.suppress(OSError):
            self.path.rmdir()


@contextlib.contextmanager
def inside(group):
    """Children started in this block belong to the group."""
    home = pathlib.Path("/proc/self/cgroup").read_text()
    group.enter()
    try:
        yield
    finally:
        base = group.path.parent
        line = next((line for line in home.splitlines() if (":cpuacct:" in line or ":cpuacct," in line or ",cpuacct:" in line) == group.v1 and (group.v1 or line.startswith("0::"))), None)
        (base / (line.split(":", 2)[2].lstrip("/") if line else "") / "cgroup.procs").write_text(str(os.getpid()))


class TeguSide:
    name, domain = "tegu", "bench.test"

    def __enter__(self):
        self.group = CpuGroup("tegu")
        self.instance = tegu.Instance(domain=self.domain, settings={"imap.allow_plaintext_auth": "true", "smtp.message_limit": "100000"})
        with inside(self.group):
            self.instance.__enter__()
        for number in range(USERS):
            self.instance.account(f"u{number}@bench.test", "pw")
        self.smtp, self.imap, self.imaps = (self.instance.port(name) for name in ("smtp", "imap", "imaps"))
        self.login_domain = "bench.test"
        return self

    def __exit__(self, *_):
        self.instance.down()
        self.group.remove()


class PeerSide:
    """Postfix receives, Dovecot delivers by LMTP and serves IMAP; `format` is maildir or sdbox."""

    domain, login_domain = "bench.test", ""

    def __init__(self, format="maildir"):
        self.format, self.name = format, f"Postfix+Dovecot({format})"

    def __enter__(self):
        self.group = CpuGroup("peer")
        self.home = tegu.folder("tegu-bench-dovecot-")
        self.imap, self.imaps, self.lmtp = (tegu.free_port() for _ in range(3))
        with inside(self.group):
            self.start_dovecot()
            self.postfix = peers.Postfix(domains=["bench.test"], extra=f"virtual_transport = lmtp:inet:127.0.0.1:{self.lmtp}\nmessage_size_limit = 52428800\nvirtual_mailbox_limit = 0\nin_flow_delay = 0")
            self.postfix.__enter__()
        self.smtp = self.postfix.port
        return self

    def start_dovecot(self):
        user = pwd.getpwnam("mail")
        (self.home / "mail").mkdir()
        os.chown(self.home / "mail", user.pw_uid, user.pw_gid)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.home / "key.pem", "-out", self.home / "cert.pem",
                        "-days", "30", "-subj", "/CN=localhost"], check=True, capture_output=True)
        (self.home / "users").write_text("".join(f"u{number}:{{PLAIN}}pw::::::\n" for number in range(USERS)))
        location = "maildir:~/Maildir" if self.format == "maildir" else "sdbox:~/sdbox"
        (self.home / "dovecot.conf").write_text(f"""
base_dir = {self.home}/run
state_dir = {self.home}/state
log_path = {self.home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.home}/cert.pem
ssl_key = <{self.home}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Ln
first_valid_uid = 1
mail_uid = {user.pw_uid}
mail_gid = {user.pw_gid}
mail_home = {self.home}/mail/%n
mail_location = {location}
mail_fsync = optimized
mail_max_userip_connections = 0
default_client_limit = 9000
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
  service_count = 0
  process_min_avail = 2
  client_limit = 8000
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 6000
  service_count = 200
  process_min_avail = 4
}}
service lmtp {{
  process_min_avail = 4
  inet_listener lmtp {{
    port = {self.lmtp}
  }}
}}
namespace inbox {{
  inbox = yes
}}
""")
        self.dovecot = subprocess.Popen(["dovecot", "-F", "-c", str(self.home / "dovecot.conf")], stdout=subprocess.DEVNULL, stderr=(self.home / "out").open("wb"), start_new_session=True)
        tegu.wait_until("Dovecot answers", lambda: peers.answers(self.imap) and peers.answers(self.lmtp))

    def __exit__(self, *_):
        self.postfix.stop()
        self.dovecot.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.dovecot.wait(10)
        shutil.rmtree(self.home, ignore_errors=True)
        self.group.remove()
