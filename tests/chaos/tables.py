"""The tables by themselves: what is replayed from the journal's first row equals the heads' counters and what the server
shows."""
import collections

import readers

SYSTEM_FLAGS = {1: "\\Answered", 2: "\\Flagged", 4: "\\Deleted", 8: "\\Seen", 16: "\\Draft"}


class Tables:
    """The tables of the round's accounts by themselves, and against what IMAP shows."""

    def __init__(self, world, shown):
        self.world, self.oracle, self.postgres, self.shown = world, world.oracle, world.postgres, shown
        self.domain = f"{world.rounds}.example.org"
        self.where = f"account_id IN (SELECT a.id FROM account a JOIN domain d ON d.id = a.domain_id WHERE d.name = '{self.domain}')"

    def rows(self, columns, table, order="1"):
        return self.postgres.query(f"SELECT {columns} FROM {table} WHERE {self.where} ORDER BY {order}", 300)

    def compare(self):
        doubles = self.postgres.query(f"SELECT account_id, content_id, count(*) FROM message WHERE write_id IS NULL AND {self.where} GROUP BY 1, 2 HAVING count(*) > 1")
        if doubles:
            self.oracle.violate(f"letters delivered twice by their rows: {doubles[:5]}")
        names = {row[0]: f"{row[1]}@{self.domain}" for row in self.postgres.query(f"SELECT a.id, a.local_part FROM account a JOIN domain d ON d.id = a.domain_id WHERE d.name = '{self.domain}'")}
        keywords = collections.defaultdict(dict)
        for account, box, bit, name in self.rows("account_id, mailbox_id, bit, name", "mailbox_keyword"):
            keywords[account, box][1 << int(bit)] = name
        messages, log = collections.defaultdict(list), collections.defaultdict(list)
        for account, box, uid, modseq, flags, size in self.rows("account_id, mailbox_id, uid, modseq, flags, size", "message", "1, 2, 3"):
            messages[account, box].append((int(uid), int(modseq), int(flags), int(size)))
        for account, box, modseq, change, flags, uids in self.rows("account_id, mailbox_id, modseq, change, flags, uids", "mailbox_log", "1, 2, 3"):
            log[account, box].append((int(modseq), int(change), int(flags), readers.numbers(uids)))
        for account, box, name, uidnext, modseq, *counters in self.rows("account_id, id, name, uidnext, modseq, total, unseen, deleted, bytes", "mailbox"):
            self.mailbox(f"{names[account]} {name}", self.shown[names[account]][name], messages[account, box], log[account, box], keywords[account, box],
                         int(uidnext), int(modseq), [int(counter) for counter in counters])
        self.world.ends.append((self.where, self.digest()))

    def digest(self):
        return self.postgres.query(f"SELECT count(*), md5(string_agg(format('%s %s %s %s', account_id, mailbox_id, uid, content_id), ',' ORDER BY account_id, mailbox_id, uid)) FROM message WHERE {self.where}")

    def mailbox(self, name, shown, messages, log, keywords, uidnext, modseq, counters):
        """The log replayed from zero equals the head's counters and the view that the server shows."""
        now = {}
        for uid, _, flags, size in messages:
            now[uid] = [flags, size]
        for _, change, flags, uids in log:
            for uid in uids:
                if uid not in now:
                    self.oracle.violate(f"{name}: the log changes UID {uid}, which is not there")
                elif change == 4:
                    del now[uid]
                else:
                    now[uid][0] = now[uid][0] | flags if change == 1 else now[uid][0] & ~flags if change == 2 else flags
        replayed = [len(now), sum(not flags & 8 for flags, _ in now.values()), sum(bool(flags & 4) for flags, _ in now.values()), sum(size for _, size in now.values())]
        if replayed != counters:
            self.oracle.violate(f"{name}: total, unseen, deleted, bytes are {counters}, the replay gives {replayed}")
        if messages and (messages[-1][0] >= uidnext or max(message[1] for message in messages) > modseq):
            self.oracle.violate(f"{name}: UIDNEXT {uidnext} or MODSEQ {modseq} is behind its messages")
        if log and log[-1][0] > modseq:
            self.oracle.violate(f"{name}: MODSEQ {modseq} is behind its log")
        words = {**SYSTEM_FLAGS, **keywords}
        view = {uid: (frozenset(words.get(1 << bit, f"bit {bit}") for bit in range(64) if flags >> bit & 1), size) for uid, (flags, size) in now.items()}
        if view != {uid: (flags, size) for uid, (_, _, flags, _, size) in shown.messages.items()}:
            self.oracle.violate(f"{name}: the replay from zero is not what the server shows")
        self.oracle.count("mailboxes replayed")
