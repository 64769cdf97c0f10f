"""Compares what clients were told with what there is: through IMAP, in the tables, and at the next hop."""
import collections
import re
import subprocess
import threading
import time

import oracle as oracles
import readers
import tables
import tegu

DRAIN_SECONDS = 180


class Sampler(threading.Thread):
    """UIDNEXT, MODSEQ and UIDVALIDITY of every mailbox, looked at all the time: they never fall."""

    def __init__(self, postgres, oracle):
        super().__init__(daemon=True)
        self.postgres, self.oracle, self.heads, self.samples = postgres, oracle, {}, 0
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(1.5):
            try:
                self.sample()
            except (ConnectionError, OSError, subprocess.TimeoutExpired):
                pass  # PostgreSQL was killed, or the machine has no time for us
            except Exception as error:  # a sampler that is gone would see nothing
                self.oracle.violate(f"sampler: {error!r}")

    def sample(self):
        rows = self.postgres.query("SELECT account_id, id, uidvalidity, uidnext, modseq, logged, pruned FROM mailbox", 20)
        heads = {(row[0], row[1]): [int(word) for word in row[2:]] for row in rows}
        for key, before in self.heads.items():
            now = heads.get(key)
            if now is None or now[0] != before[0] or any(n < b for n, b in zip(now[1:], before[1:])):
                self.oracle.violate(f"head of mailbox {key} went from {before} to {now}")
        self.heads = heads
        self.samples += 1

    def close(self):
        self.ended.set()


class Shown:
    """A mailbox as IMAP shows it: {uid: (token, digest, flags, recipients of a report, size)}."""

    def __init__(self):
        self.messages = {}

    def by_token(self):
        count = collections.Counter()
        for token, *_ in self.messages.values():
            count[token] += 1
        return count


def fetch_all(client, box):
    shown = Shown()
    for command in (lambda: client.select(box, readonly=True), lambda: client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")):
        status, answer = command()
        if status != "OK":
            raise AssertionError(f"{box} cannot be read: {answer}")
    for part, after in zip(answer, [*answer[1:], None]):
        if not isinstance(part, tuple):
            continue
        head = part[0] + (after if isinstance(after, bytes) else b"")
        raw = part[1]
        token, digest = oracles.take_apart(raw)
        rejected = []
        if token is None and b"multipart/report" in raw[:4000]:
            token = re.search(rb"\r\nX-Token: (\S+)", raw).group(1).decode()
            rejected = [address.decode() for address in re.findall(rb"(?i)final-recipient: rfc822; ?(\S+)", raw)]
        uid = int(re.search(rb"UID (\d+)", head).group(1))
        shown.messages[uid] = (token, digest, readers.flags_of(head), rejected, len(raw))
    return shown


class Round:
    """Everything that the accounts of the running round, and the next hop, must have."""

    def __init__(self, world):
        self.world, self.oracle, self.postgres = world, world.oracle, world.postgres

    def run(self):
        start = time.monotonic()
        self.drain()
        drained = time.monotonic()
        self.oracle.count("slowest drain s", max(0, int(drained - start) - self.oracle.answers["slowest drain s"]))
        self.shown = {}
        for number, account in enumerate([*self.world.receivers, *self.world.submitters, *self.world.accounts]):
            self.shown[account.address] = self.read(account, self.world.nodes[number % 2])
        for account in self.world.accounts:
            Changes(self.oracle, account, self.shown[account.address]).compare()
        self.letters()
        self.reports()
        self.relayed()
        tables.Tables(self.world, self.shown).compare()
        print(f"checked in {time.monotonic() - start:.0f} s, drained in {drained - start:.1f} s; {summary(self.world)}", flush=True)

    def drain(self):
        end = time.monotonic() + DRAIN_SECONDS
        while (rows := self.postgres.query("SELECT r.item_id, r.rcpt, r.next_hop, r.attempts, r.next_try_at - now(), r.lease_node, r.lease_until - now(), r.last_reply, now() - i.created_at "
                                           "FROM queue_rcpt r JOIN queue_item i ON i.id = r.item_id")):
            if time.monotonic() > end:
                self.oracle.violate(f"the queue is not empty after {DRAIN_SECONDS} s: {len(rows)} recipients, the first: {rows[:5]}")
                return
            time.sleep(0.2)

    def read(self, account, node):
        boxes = {}
        with tegu.Account(node.instance, account.address, account.password).imap() as client:
            names = [line.decode().rsplit(" ", 1)[1].strip('"') for line in client.list()[1]]
            for box in names:
                try:
                    boxes[box] = fetch_all(client, box)
                except (AssertionError, tegu.imaplib.IMAP4.error) as error:
                    boxes[box] = Shown()
                    self.oracle.violate(f"{account.address}: {error}")
            self.quota(account, client, boxes)
        return boxes

    def quota(self, account, client, boxes):
        answer = client.getquotaroot("INBOX")[1]
        used = int(re.search(r"STORAGE (\d+)", str(answer)).group(1))
        size = sum(message[4] for shown in boxes.values() for message in shown.messages.values())
        if used != -(-size // 1024):
            self.oracle.violate(f"quota of {account.address} says {used} KiB, the messages are {size} octets")

    # ---- letters

    def ours(self):
        return [letter for letter in self.oracle.letters.values() if letter.token not in getattr(self.world, "checked", set())]

    def letters(self):
        """Each recipient of each letter: exactly once, at most once, or not at all."""
        digests = collections.defaultdict(list)  # (address, token): digests
        for address, boxes in self.shown.items():
            for box in ("INBOX", "Archive"):
                for token, digest, _, rejected, _ in boxes[box].messages.values() if box in boxes else ():
                    if not rejected:
                        digests[address, token].append(digest)
        for letter in self.ours():
            for address, state in letter.recipients.items():
                if address.endswith(oracles.HOP):
                    continue
                found = digests.pop((address, letter.token), [])
                self.verdict("mail", f"{letter.token} for {address}", state, len(found))
                if any(digest != letter.digest for digest in found):
                    self.oracle.violate(f"{letter.token} for {address} is not what was sent")
        for (address, token), found in digests.items():
            self.oracle.violate(f"{token} in the mailbox of {address}: nobody sent it")

    def verdict(self, what, name, state, found):
        count = self.oracle.count
        count(f"{what} {state}")
        count(f"{what} found", found)
        if state == "acked" and found == 0:
            count("lost")
            self.oracle.violate(f"LOST: {name}")
        if found > 1:
            count("doubled", found - 1)
            self.oracle.violate(f"DOUBLED: {name}, {found} times")
        if state == "no" and found:
            self.oracle.violate(f"{name} was refused and is there")

    def reports(self):
        """One report for each recipient that the next hop refused, however often the queue died over it."""
        told = collections.Counter()
        for account in self.world.submitters:
            for token, _, _, rejected, _ in self.shown[account.address]["INBOX"].messages.values():
                for address in rejected:
                    told[token, address] += 1
        for letter in self.ours():
            for address, state in letter.recipients.items():
                if address.startswith("reject-"):
                    self.verdict("report", f"report of {address}", state, told.pop((letter.token, address), 0))
        for (token, address), _ in told.items():
            self.oracle.violate(f"a report about {address} ({token}), which nobody sent")

    def relayed(self):
        """At the next hop: once; once more only for the last letter of a session that was cut."""
        taken = collections.defaultdict(list)
        with self.world.hop.lock:
            for entry in self.world.hop.taken:
                for address in entry.recipients:
                    taken[entry.token, address].append(entry)
        blamed = collections.defaultdict(set)  # connection: letters that were sent once more
        for letter in self.ours():
            for address, state in letter.recipients.items():
                if not address.endswith(oracles.HOP) or address.startswith("reject-"):
                    continue
                found = taken.get((letter.token, address), [])
                self.verdict("relay", f"{letter.token} for {address}", state, min(len(found), 1))
                if any(entry.digest != letter.digest for entry in found):
                    self.oracle.violate(f"{letter.token} for {address} is not what was sent")
                for entry in found[:-1]:
                    blamed[entry.connection].add((entry.place, letter.token, entry.told))
        for connection, letters in blamed.items():
            self.oracle.count("relayed twice", len(letters))
            self.oracle.count("relayed twice, the reply was sent", sum(told for *_, told in letters))
            last = max(entry.place for entry in self.world.hop.taken if entry.connection == connection)
            if connection in self.world.hop.ended_well:
                self.oracle.violate(f"DOUBLED at the next hop by a session that ended well: {sorted(letters)}")
            elif len(letters) > 1 or any(place != last for place, *_ in letters):
                self.oracle.violate(f"DOUBLED at the next hop, more than the last of a cut session: {sorted(letters)} of {last + 1}")
        self.world.checked = set(self.oracle.letters)


class Changes:
    """What the two readers of an account know, against what is shown."""

    def __init__(self, oracle, account, boxes):
        self.oracle, self.account, self.boxes = oracle, account, boxes
        self.expected = collections.defaultdict(collections.Counter)  # box: {token: messages that must be there}
        self.accounted = collections.defaultdict(set)

    def violate(self, box, text):
        self.oracle.violate(f"{self.account.address} {box}: {text}")

    def compare(self):
        for box, messages in self.account.certain.items():
            shown = self.boxes[box].messages
            for uid, message in messages.items():
                self.oracle.count("changes checked")
                self.accounted[box].add(uid)
                if not message.present:
                    if uid in shown:
                        self.violate(box, f"UID {uid} ({message.token}) is back")
                elif uid not in shown:
                    self.oracle.count("lost")
                    self.violate(box, f"LOST: UID {uid} ({message.token})")
                elif shown[uid][0] != message.token or message.digest not in (None, shown[uid][1]):
                    self.violate(box, f"UID {uid} is {shown[uid][0]}, not {message.token} as it was")
                elif shown[uid][2] != message.flags:
                    self.violate(box, f"UID {uid} ({message.token}) has flags {sorted(shown[uid][2])}, not {sorted(message.flags)}")
        for group in self.account.groups:
            for uid in group.uids:
                self.accounted[group.box].add(uid)
        extras = self.extras()
        for group in self.account.groups:
            self.settle(group, extras)
        for (box, token), uids in extras.items():
            if uids:
                self.oracle.count("doubled", len(uids))
                self.violate(box, f"DOUBLED: {token} at UIDs {uids}")

    def extras(self):
        """Messages that no acknowledged change made: (box, token): UIDs."""
        extras = collections.defaultdict(list)
        for box, shown in self.boxes.items():
            for uid, (token, *_) in shown.messages.items():
                # What lies in INBOX is the letters' matter.
                if box != "INBOX" and uid not in self.accounted[box]:
                    extras[box, token].append(uid)
        return extras

    def settle(self, group, extras):
        """All of it happened, or nothing."""
        shown = self.boxes[group.box].messages
        there = [uid in shown for uid in group.uids]
        tokens = [message.token for message in group.messages]
        arrived = [bool(extras[group.target, token]) for token in tokens] if group.kind in ("append", "copy", "move") else []
        wrong = None
        if group.kind == "store":
            after = [shown[uid][2] == flags if uid in shown else None for uid, flags in zip(group.uids, group.flags)]
            before = [uid in shown and shown[uid][2] == message.flags for uid, message in zip(group.uids, group.messages)]
            if not (all(after) or all(before)):
                wrong = f"flags are {[sorted(shown[uid][2]) if uid in shown else None for uid in group.uids]}"
        elif group.kind == "expunge" and len(set(there)) > 1:
            wrong = f"there: {there}"
        elif group.kind in ("append", "copy") and len(set(arrived)) > 1:
            wrong = f"arrived: {arrived}"
        elif group.kind == "move" and (len(set(there)) > 1 or len(set(arrived)) > 1 or there[0] == arrived[0]):
            wrong = f"there: {there}, arrived: {arrived}"
        if arrived:
            self.oracle.count(f"{group.kind} unanswered and {'done' if arrived[0] else 'not done'}")
            for token in tokens:
                if extras[group.target, token]:
                    extras[group.target, token].pop(0)
        if wrong:
            self.violate(group.box, f"half of a {group.kind} of {tokens} {group.uids} to {group.target}: {wrong}")


def own_ends(world):
    """Daemons die by kill -9 and in no other way; sanitizers find nothing."""
    for node in world.nodes:
        log = (node.instance.state / "tegu.log").read_text(errors="replace")
        for program, status in re.findall(r"supervisor\.restart program=(tegu-\w+) status=(\d+)", log):
            if status != "137":
                world.oracle.violate(f"{program} of {node.name} ended by itself, status {status}")
        for found in re.findall(r"(?:ERROR: AddressSanitizer|runtime error:|LeakSanitizer)[^\n]*", log)[:5]:
            world.oracle.violate(f"node {node.name}: {found}")


def end(world):
    """What earlier rounds left must still be so, and nothing may be left over."""
    for where, before in world.ends:
        now = world.postgres.query(f"SELECT count(*), md5(string_agg(format('%s %s %s %s', account_id, mailbox_id, uid, content_id), ',' ORDER BY account_id, mailbox_id, uid)) FROM message WHERE {where}")
        if now != before:
            world.oracle.violate(f"messages of an earlier round changed: {before} became {now}")
    unreferenced = "FROM content c WHERE NOT EXISTS (SELECT FROM message m WHERE m.content_id = c.id) AND NOT EXISTS (SELECT FROM queue_item i WHERE i.content_id = c.id)"
    orphans = world.postgres.query(f"SELECT c.id {unreferenced} AND NOT EXISTS (SELECT FROM content_loose l WHERE l.content_id = c.id)")
    if orphans:
        world.oracle.violate(f"{len(orphans)} letters are named by nothing, and the sweep does not know: {orphans[:5]}")
    world.oracle.count("letters swept", int(world.postgres.query(f"SELECT count(*) {unreferenced}")[0][0]))
    # As if time had passed; test builds sweep often.
    world.postgres.query("UPDATE content_loose SET since = since - interval '3 hours'")
    try:
        tegu.wait_until("nothing is left to sweep", lambda: world.postgres.query("SELECT count(*) FROM content_loose") == [["0"]], 120, 0.5)
    except AssertionError as error:
        world.oracle.violate(str(error))
    left = {what: int(world.postgres.query(f"SELECT count(*) {tables}")[0][0]) for what, tables in {
        "contents without a reference": unreferenced, "messages without content": "FROM message m WHERE NOT EXISTS (SELECT FROM content c WHERE c.id = m.content_id)",
        "chunks without content": "FROM content_chunk k WHERE NOT EXISTS (SELECT FROM content c WHERE c.id = k.content_id)",
        "queue items": "FROM queue_item", "queue recipients and leases": "FROM queue_rcpt"}.items()}
    for what, number in left.items():
        if number:
            world.oracle.violate(f"left over: {number} {what}")


def summary(world):
    told = world.oracle.answers
    found, acked = (sum(told[f"{what} {word}"] for what in ("mail", "report", "relay")) for word in ("found", "acked"))
    return f"acknowledged {acked}, found {found}, lost {told['lost']}, doubled {told['doubled']}"


def unanswered(world):
    return sum(number for what, number in world.oracle.answers.items() if what.endswith(" either") and not what.startswith(("mail", "relay", "report")))


def report(world, cycles, seconds, cuts):
    controller, told = world.controller, world.oracle.answers
    by_victim = collections.Counter(victim for _, _, victim in controller.kills)
    print("\n".join(f"  {name}: {count}" for name, count in sorted(told.items())))
    hit = sum(controller.hits.values())
    print(f"{cycles} cycles in {seconds:.0f} s, {len(controller.kills)} kills ({', '.join(f'{v} {n}' for v, n in sorted(by_victim.items()))}), slowest return {controller.slowest:.1f} s")
    print(f"failpoints: {hit} kills at {sum(1 for n in controller.hits.values() if n)} of {len(controller.hits)} places, not reached in time {controller.missed}; heads sampled {world.sampler.samples} times")
    print("  never killed at: " + (", ".join(f"{daemon} {name}" for (daemon, name), n in controller.hits.items() if not n) or "none"))
    ways = collections.Counter(cut["cut"] for cut in world.cutter.cuts)
    print(f"COMMITs cut: {len(world.cutter.cuts)} ({', '.join(f'{how} {n}' for how, n in sorted(ways.items()))}), {cuts} of them with nothing else broken")
    cut = collections.Counter(next((name for name in cut["statements"] if not name.startswith(("content", "queue_lock"))), "content") for cut in world.cutter.cuts)
    print("  " + ", ".join(f"{name} {n}" for name, n in cut.most_common()))
    print(f"relay: {told['relayed twice']} letters sent twice, each the last of a session cut before it was written down (the next hop itself cut {world.hop.own_cuts} times)")
    changed = {word: sum(told[f"{kind} {word}"] for kind in ("append", "copy", "move", "store", "expunge")) for word in ("acked", "either")}
    print(f"IMAP changes: acknowledged {changed['acked']}, unanswered {changed['either']}, checked messages {told['changes checked']}, mailboxes replayed {told['mailboxes replayed']}")
    print(f"{summary(world)}, violations {len(world.oracle.violations)}")
