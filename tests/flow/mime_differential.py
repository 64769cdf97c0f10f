"""The MIME parser against Python's email package: trees of the nasty messages; everything of well-formed ones."""
import email
import email.header
import email.message
import email.mime.multipart
import email.policy
import email.utils
import random
import re
import unittest

import nasty
import tegu

# Where the two read a message differently, and why Tegu is right or careful.
DIFFERENT = {
    "mime: multiparts 101 deep": "depth is limited",
    "mime: multiparts 150 deep": "depth is limited",
    "mime: messages 120 deep": "depth is limited",
    "mime: 10001 parts": "parts are limited",
    "mime: 10000 empty parts": "parts are limited",
    "mime: no boundary parameter": "an invalid type is text/plain (RFC 2045 5.2)",
    "mime: empty boundary": "an invalid type is text/plain (RFC 2045 5.2)",
    "mime: boundary of blanks": "a boundary does not end with a blank (RFC 2046 5.1.1)",
    "mime: boundary with a blank at its end": "a boundary does not end with a blank (RFC 2046 5.1.1)",
    "mime: boundary of 1025": "1024 characters of a boundary are compared",
    "mime: boundary of 2000": "1024 characters of a boundary are compared",
    "mime: boundary in quotes and comments": "Python knows no comments",
    "mime: 8-bit boundary": "Python compares decoded with undecoded",
    "mime: equal boundaries": "the innermost is meant",
    "mime: padding behind boundaries": "two dashes after padding do not close",
    "mime: text behind boundaries": "a line that begins with the boundary is one (RFC 2046 5.1.1)",
    "mime: base64 message": "an encoded message is not looked into",
    "mime: partial": "a fragment is no message",
    "mime: external body": "a phantom body is no message",
    "mime: delivery report": "delivery-status is a leaf in IMAP",
    "international: message/global in base64": "an encoded message is not looked into",
    "international: message/global-headers": "Python compares decoded with undecoded",
}


def atoms(answer):
    """Tokens of an imaplib FETCH answer: '(', ')', None for NIL, numbers and names as text, strings as bytes."""
    for piece in answer:
        text, literal = piece if isinstance(piece, tuple) else (piece, None)
        if literal is not None:
            text = text[: text.rindex(b"{")]
        for quoted, other in re.findall(rb'"((?:[^"\\]|\\.)*)"|([()]|[^ ()"]+)', text):
            if other:
                yield None if other == b"NIL" else other.decode()
            else:
                yield re.sub(rb"\\(.)", rb"\1", quoted)
        if literal is not None:
            yield literal


def parse(answer):
    """The list after the first name of a FETCH answer: lists, bytes, names and None."""
    stack = [[]]
    for token in atoms(answer):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    assert len(stack) == 1, "unbalanced answer"
    fields = stack[0][1]  # "1 (NAME value ...)"
    return dict(zip(fields[::2], fields[1::2]))


def kinds(structure):
    """Media types of a BODYSTRUCTURE, depth first."""
    found, todo = [], [structure]
    while todo:
        node = todo.pop()
        if isinstance(node[0], list):
            children = [item for item in node if isinstance(item, list)]
            children = children[: next(at for at, item in enumerate(node) if not isinstance(item, list))]
            found.append("multipart/" + node[len(children)].decode().lower())
            todo.extend(reversed(children))
            continue
        kind = (node[0] + b"/" + node[1]).decode().lower()
        found.append(kind)
        if kind in ("message/rfc822", "message/global"):
            todo.append(node[8])
    return found


def leaves(structure, prefix=(), inside_message=True):
    """(path, node) of each part that has no parts."""
    if isinstance(structure[0], list):
        for number, child in enumerate(structure, 1):
            if not isinstance(child, list):
                return
            yield from leaves(child, prefix + (number,), False)
        return
    path = prefix + (1,) if inside_message else prefix
    if structure[0].lower() == b"message" and structure[1].lower() == b"rfc822":
        yield from leaves(structure[8], path, True)
    else:
        yield path, structure


def python_kinds(message):
    found, todo = [], [message]
    while todo:
        part = todo.pop()
        found.append(part.get_content_type())
        if part.is_multipart():
            todo.extend(reversed(part.get_payload()))
        elif part.get_content_maintype() == "multipart":
            found.append("text/plain")  # as servers show a multipart without parts
    return found


def made(seed):
    """A well-formed message of Python's making."""
    chance = random.Random(seed)
    words = ["grüße", "Привет", "plain", "你好", "a b", "😀", "x" * 90]

    def leaf():
        part = email.message.EmailMessage()
        what = chance.randrange(4)
        if what == 0:
            part.set_content(" ".join(chance.choices(words, k=30)) + "\n", charset="utf-8", cte=chance.choice(["base64", "quoted-printable", "8bit"]))
        elif what == 1:
            part.set_content("<p>" + chance.choice(words) + "</p>\n", subtype="html")
        else:
            part.set_content(chance.randbytes(chance.randrange(3000)), "application", "octet-stream", filename=chance.choice(words) + ".bin",
                             disposition=chance.choice(["attachment", "inline"]), cid=f"<{seed}@example.net>")
        return part

    def tree(depth):
        what = chance.randrange(4)
        if depth == 0 or what == 0:
            return leaf()
        if what == 1:
            part = email.message.EmailMessage()
            part.set_content(head(tree(depth - 1)))
            return part
        part = email.mime.multipart.MIMEMultipart(chance.choice(["mixed", "alternative", "related"]), boundary=f"=_{seed}_{depth}_{chance.randrange(10**9)}")
        for _ in range(chance.randrange(1, 4)):
            part.attach(tree(depth - 1))
        return part

    def head(message):
        message["From"] = email.utils.formataddr((chance.choice(words[:5]), "from@example.net"))
        message["To"] = ", ".join(email.utils.formataddr((chance.choice(words[:5]), f"to{n}@example.org")) for n in range(chance.randrange(1, 9)))
        message["Subject"] = email.header.Header(" ".join(chance.choices(words, k=5)), "utf-8").encode(maxlinelen=0)
        message["Message-ID"] = f"<{chance.randrange(10**12)}@example.net>"
        return message

    return head(tree(4)).as_bytes(policy=email.policy.SMTP)


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = tegu.Instance()
        cls.mail.__enter__()
        cls.addClassCleanup(cls.mail.__exit__)
        cls.alice = cls.mail.account("alice@example.org")

    def append(self, imap, mailbox, contents):
        self.assertEqual(imap.create(mailbox)[0], "OK")
        for content in contents:
            imap.literal = content
            self.assertEqual(imap._simple_command("APPEND", mailbox)[0], "OK")
        self.assertEqual(imap.select(mailbox)[0], "OK")

    def test_trees_of_nasty_messages(self):
        cases = [(name, content) for name, content, _ in nasty.messages() if len(content) < 2 << 20 and not name.startswith("damaged")]
        with self.alice.imap() as imap:
            self.append(imap, "Nasty", [content for _, content in cases])
            wrong, known = [], set()
            for number, (name, content) in enumerate(cases, 1):
                ours = kinds(parse(imap.fetch(str(number), "(BODYSTRUCTURE)")[1])["BODYSTRUCTURE"])
                if ours == python_kinds(email.message_from_bytes(content)):
                    continue
                known.add(name)
                if name not in DIFFERENT:
                    wrong.append((name, ours[:10]))
        self.assertEqual(wrong, [])
        self.assertEqual(known, set(DIFFERENT))

    def test_all_of_well_formed_messages(self):
        contents = [made(seed) for seed in range(150)]
        with self.alice.imap() as imap:
            self.append(imap, "Made", contents)
            for number, content in enumerate(contents, 1):
                with self.subTest(seed=number - 1):
                    self.compare(imap, str(number), email.message_from_bytes(content))

    def compare(self, imap, number, message):
        answer = parse(imap.fetch(number, "(ENVELOPE BODYSTRUCTURE)")[1])
        structure, envelope = answer["BODYSTRUCTURE"], answer["ENVELOPE"]
        self.assertEqual(kinds(structure), python_kinds(message))
        self.assertEqual(envelope[1].decode(), re.sub(r"\r\n(?=[ \t])", "", message["Subject"]))
        self.assertEqual(envelope[9].decode(), message["Message-ID"].strip())
        for place, field in ((2, "From"), (5, "To")):
            ours = [(str(email.header.make_header(email.header.decode_header((name or b"").decode()))), (box + b"@" + host).decode()) for name, _, box, host in envelope[place]]
            theirs = [(str(email.header.make_header(email.header.decode_header(name))), spec) for name, spec in email.utils.getaddresses([re.sub(r"\r\n(?=[ \t])", "", message[field])])]
            self.assertEqual(ours, theirs)
        parts = [part for part in message.walk() if not part.is_multipart()]
        found = list(leaves(structure))
        self.assertEqual(len(found), len(parts))
        for (path, node), part in zip(found, parts):
            section = ".".join(map(str, path))
            raw = part._payload.encode("ascii", "surrogateescape")  # get_payload() decodes charsets
            self.assertEqual(int(node[6]), len(raw), section)
            self.assertEqual(node[5].decode().lower(), (part["Content-Transfer-Encoding"] or "7bit").lower())
            parameters = dict(zip(node[2][::2], node[2][1::2])) if node[2] else {}
            self.assertEqual(parameters.get(b"charset", b"us-ascii").decode().lower(), part.get_param("charset", "us-ascii").lower())
            got = imap.fetch(number, f"(BODY.PEEK[{section}] BODY.PEEK[{section}.MIME])")[1]
            literals = [piece[1] for piece in got if isinstance(piece, tuple)]
            self.assertEqual(literals[0] if literals and raw else b"", raw, section)


if __name__ == "__main__":
    unittest.main()
