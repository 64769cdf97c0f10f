"""300 nasty messages for byte fidelity: what goes in by SMTP or APPEND must come out by IMAP unchanged.

    for name, content, needs_bdat in nasty.messages(): ...

Always the same ones: everything random is seeded. needs_bdat: the message has NUL, a bare CR or a bare LF,
which SMTP's DATA cannot carry (RFC 5321 2.3.8, 4.1.1.4; RFC 3030). Lines may be far longer than 998.
No message is empty, begins with a blank or with a trace field (they could not be told from what delivery puts in
front), or has 50 Received fields (a loop).

    python3 tests/support/nasty.py --self-test       checks of the generator itself
    python3 tests/support/nasty.py --write FOLDER    one .eml file a message, for other tools
"""
import base64
import gzip
import hashlib
import pathlib
import quopri
import random
import re
import sys

COUNT = 300
HEAD = b"From: Nasty Sender <nasty@example.net>\r\nTo: alice@example.org\r\nDate: Sat, 21 Nov 2026 20:25:06 +0000\r\n"
TRACE = (b"received", b"return-path", b"delivered-to")
BAD_FOR_DATA = re.compile(rb"\x00|\r(?!\n)|(?<!\r)\n")


def letter(body, head=HEAD, **fields):
    """A message of the usual fields, some more (message_id becomes Message-Id) and a body."""
    more = b"".join(name.replace("_", "-").title().encode() + b": " + value + b"\r\n" for name, value in fields.items())
    return head + more + b"\r\n" + body


def part(body, *fields):
    return b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def multipart(boundary, parts, kind=b"mixed", preamble=b"", epilogue=b"", close=True):
    """Body of a multipart, with its CRLFs."""
    out = preamble + b"".join(b"--" + boundary + b"\r\n" + piece + b"\r\n" for piece in parts)
    return out + (b"--" + boundary + b"--\r\n" if close else b"") + epilogue


def mixed(boundary, parts, **how):
    quoted = b'"' + boundary.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return letter(multipart(boundary, parts, **how), mime_version=b"1.0", content_type=b"multipart/mixed; boundary=" + quoted)


def lines(text, width=76):
    return b"\r\n".join(text[at : at + width] for at in range(0, len(text), width)) + b"\r\n"


def edges():
    """Beginnings, ends and dots."""
    yield "only CRLF", b"\r\n"
    yield "blank line and body", b"\r\nbody without a header\r\n"
    yield "body alone", b"no header, no colon here\r\nsecond line\r\n"
    yield "one byte", b"x"
    yield "one field without its end", b"Subject: cut"
    yield "header without blank line", b"Subject: no blank line\r\n"
    yield "header and blank line", HEAD + b"\r\n"
    yield "missing From, To and Date", b"Subject: poor\r\n\r\nbody\r\n"
    yield "no final CRLF", letter(b"last line without end")
    yield "many final CRLFs", letter(b"text" + b"\r\n" * 50)
    yield "body of blank lines", letter(b"\r\n" * 1000)
    yield "body of blanks", letter(b" \t \r\n\t\r\n \r\n")
    yield "blanks at line ends", letter(b"a \r\nb\t\r\nc  \t \r\n-- \r\nsig\r\n", subject=b"trailing \t ")
    yield "one dot", letter(b".\r\n")
    yield "dot without end", letter(b".")
    yield "two dots", letter(b"..\r\n")
    yield "lines of dots", letter(b"".join(b"." * n + b"\r\n" for n in range(100)))
    yield "the end of data", letter(b"text\r\n.\r\nQUIT\r\nMAIL FROM:<smuggler@example.com>\r\nDATA\r\n.\r\n")
    yield "dots at the front of each line", letter(b".a\r\n..b\r\n...c\r\n. d\r\n.\t\r\n")
    yield "dot as the first byte", b".: a field named dot\r\n\r\n.\r\n"
    yield "body begins with dots", b"Subject: dots\r\n\r\n.\r\n.\r\n.\r\n"
    yield "IMAP in the body", letter(b"{5}\r\nhello\r\n* 1 FETCH (FLAGS (\\Seen))\r\na1 OK done\r\n+ go\r\n)\r\n\"\\\"\r\n")
    yield "BDAT in the body", letter(b"BDAT 10 LAST\r\nRSET\r\n250 2.0.0 ok\r\n354 go\r\n")
    yield "From lines", letter(b"From me to you\r\n>From there\r\n>>From\r\nFrom \r\n")
    yield "mbox line in front", b"From nasty Sat Nov 21 20:25:06 2026\r\n" + letter(b"mbox\r\n")
    yield "controls", letter(bytes(c for c in range(1, 32) if c not in (10, 13)) + b"\x7f\x1b[2J\r\n")
    yield "form feeds and vertical tabs", letter(b"page\x0cpage\x0bline\r\n\x0c\r\n")
    yield "every printable character", letter(bytes(range(32, 127)) + b"\r\n")
    yield "Unicode line ends", letter("a\u2028b\u2029c\u0085d\ufeff\r\n".encode())
    yield "8-bit body without MIME", letter("Grüße, Привет, 你好\r\n".encode())
    yield "invalid UTF-8", letter(b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5\x80\r\n", subject=b"\xff\xc3")


def headers():
    """Header blocks that strain parsers."""
    yield "field without a value", b"Subject:\r\nX-Empty:\r\n" + HEAD + b"\r\n"
    yield "blank before the colon", b"Subject : old\r\nX-Tab\t: old\r\n" + HEAD + b"\r\nbody\r\n"
    yield "no name", HEAD + b": nameless\r\nSubject: after\r\n\r\nbody\r\n"
    yield "no colon in the middle", HEAD + b"this is no field\r\nSubject: after\r\n\r\nbody\r\n"
    yield "8-bit field name", HEAD + b"\xc3\x84rger: x\r\nSubject: after\r\n\r\nbody\r\n"
    yield "folded everywhere", b"Subject:\r\n a\r\n\tb\r\n  c\r\nFrom:\r\n nasty\r\n @\r\n example.net\r\n\r\nbody\r\n"
    yield "folding lines of blanks", b"Subject: a\r\n \r\n\t\r\n b\r\n" + HEAD + b"\r\nbody\r\n"
    yield "ends in folding", HEAD + b"Subject: a\r\n "
    yield "two of everything", HEAD + HEAD + b"Subject: 1\r\nSubject: 2\r\nMessage-ID: <1@x>\r\nMessage-ID: <2@x>\r\n\r\nbody\r\n"
    yield "several From fields", HEAD + b"From: other@example.com\r\nSender: third@example.com\r\n\r\nbody\r\n"
    yield "strange dates", letter(b"", date=b"32 Foo 99 99:99 +9999 (comment", head=b"X: y\r\n")
    yield "old dates", letter(b"", date=b"Sat (day), 1 Jan 70 0:0 EST", head=b"X: y\r\n")
    yield "message ids of all kinds", letter(b"", message_id=b"no angles", in_reply_to=b"<a b@c> <@> <>", references=b"<x@y><z@w> junk \"q\"")
    yield "long message id", letter(b"", message_id=b"<" + b"i" * 2000 + b"@example.net>")
    yield "Content fields twice", letter(b"x", content_type=b"text/plain") .replace(b"\r\n\r\n", b"\r\nContent-Type: text/html\r\n\r\n", 1)
    yield "broken Content-Type", letter(b"x\r\n", content_type=b";;;=\"\\")
    yield "Content-Type without subtype", letter(b"x\r\n", content_type=b"text")
    yield "unknown encoding", letter(b"x\r\n", content_transfer_encoding=b"x-unheard-of")
    yield "raw UTF-8 header", letter(b"x\r\n", subject="Привет 你好 😀".encode(), x_name="ä".encode() * 100)
    yield "raw Latin-1 header", letter(b"x\r\n", subject=b"gr\xfc\xdfe")
    yield "quotes and backslashes", letter(b"x\r\n", subject=b'\\"\\\\" " \\', comments=b"((((")
    yield "open quote in From", letter(b"x\r\n", head=b'From: "open <a@b>\r\nTo: alice@example.org\r\n')
    yield "many fields", letter(b"x\r\n", head=b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(5000)) + HEAD)
    yield "more lines than are parsed", letter(b"x\r\n", head=HEAD + b"X-Long: a\r\n" + b" b\r\n" * 12000)
    yield "one field of 900 KB", letter(b"x\r\n", x_long=lines(b"v" * 900_000, 990).replace(b"\r\n", b"\r\n ").rstrip())
    yield "header of 1.2 MB", letter(b"x\r\n", head=HEAD + b"".join(b"X-%d: %s\r\n" % (n, b"h" * 900) for n in range(1330)))
    yield "10000 recipients", letter(b"x\r\n", cc=b",\r\n ".join(b"user%d@example.com" % n for n in range(10_000)))
    yield "40 Received fields", letter(b"x\r\n", head=HEAD + b"Received: from a by b; Sat, 21 Nov 2026 20:25:06 +0000\r\n" * 40)
    yield "trace fields inside", letter(b"x\r\n", head=HEAD + b"Return-Path: <>\r\nDelivered-To: bob@example.org\r\n")


def long_lines():
    for size in (997, 998, 999, 1000, 1001, 2048, 4096, 8191, 8192, 8193, 65535, 65536, 65537, 1 << 20):
        yield f"body line of {size}", letter(b"l" * size + b"\r\nshort\r\n")
    for size in (998, 999, 1000, 4096, 65536, 300_000):
        yield f"header line of {size}", letter(b"x\r\n", subject=b"s" * (size - len("Subject: ")))
    yield "long line without end", letter(b"e" * 10_000)
    yield "long lines of dots", letter((b"." * 1500 + b"\r\n") * 5)
    yield "long 8-bit line", letter("ж".encode() * 5000 + b"\r\n")
    yield "long word in folding", letter(b"x\r\n", subject=b"a\r\n " + b"w" * 3000 + b"\r\n b")


def chunk_edges():
    """Bodies and headers that end at, before and behind the sizes servers cut at."""
    for size in (4095, 4096, 4097, 16384, 65535, 65536, 65537, 131071, 131072, 131073, 1 << 20):
        body = (b"0123456789abcdef" * 4 + b"\r\n") * (size // 66 + 1)
        yield f"body of {size}", letter(body[: size - 2].rstrip(b"\r") .ljust(size - 2, b"f") + b"\r\n")
    for size in (65536, 131072):
        yield f"CRLF across {size}", letter(b"a" * (size - 1) + b"\r\n" + b"b" * 100 + b"\r\n")
        yield f"dot behind {size}", letter(b"a" * (size - 2) + b"\r\n.\r\n")
        yield f"whole message of {size}", letter(b"m" * (size - len(letter(b"")) - 2) + b"\r\n")
        yield f"header of {size}", letter(b"x\r\n", x_fill=b"\r\n ".join([b"h" * 70] * ((size - len(letter(b"")) - 10) // 73)))


def binary():
    """What only BDAT (and an APPEND literal) can carry."""
    everything = bytes(range(256))
    chance = random.Random(1)
    yield "NUL in the body", letter(b"a\0b\r\n\0\r\n")
    yield "NUL in the header", letter(b"x\r\n", subject=b"a\0b", x_nul=b"\0")
    yield "NUL alone", b"\0"
    yield "NULs at the end", letter(b"x" + b"\0" * 100)
    yield "every byte", letter(everything * 4)
    yield "every byte in a field", letter(b"x\r\n", x_all=everything.replace(b"\r", b"").replace(b"\n", b""))
    yield "random bytes", letter(chance.randbytes(100_000), content_transfer_encoding=b"binary")
    yield "bare LF everywhere", letter(b"one\r\ntwo\r\n").replace(b"\r\n", b"\n")
    yield "bare CR everywhere", letter(b"one\r\ntwo\r\n").replace(b"\r\n", b"\r")
    yield "bare LF in the body", letter(b"one\ntwo\n")
    yield "bare CR in the body", letter(b"one\rtwo\r\r\nthree\n\r\n")
    yield "bare LF in the header", HEAD + b"Subject: a\nX: b\n\r\nbody\r\n"
    yield "LF and dot", letter(b"text\n.\nQUIT\r\n")
    yield "CR and dot", letter(b"text\r.\rQUIT\r\n\r.\r\n")
    yield "mixed end of data", letter(b"text\n.\r\nQUIT\r\n.\n")
    yield "CR at the end", letter(b"text\r")
    yield "LF alone", b"\n"
    yield "UTF-16 body", letter("Привет\r\n".encode("utf-16"), content_type=b"text/plain; charset=utf-16", content_transfer_encoding=b"binary")
    yield "gzip attachment", letter(gzip.compress(everything * 100, mtime=0), content_type=b"application/gzip", content_transfer_encoding=b"binary")
    yield "binary parts", mixed(b"bin", [part(chance.randbytes(5000).replace(b"--bin", b""), b"Content-Transfer-Encoding: binary") for _ in range(5)])
    yield "LF boundaries", mixed(b"lf", [part(b"a"), part(b"b")]).replace(b"\r\n", b"\n")
    yield "long binary line", letter(bytes(range(128, 256)) * 1000 + b"\0\r\n")
    yield "CRLF CR LF soup", letter(b"".join(chance.choice([b"\r", b"\n", b"\r\n", b"a", b"\0", b"."]) for _ in range(5000)))


def nested(depth, kind=b"mixed"):
    head, tail = b"", b""
    for level in range(depth):
        boundary = b"level-%d-" % level
        head += b"Content-Type: multipart/" + kind + b"; boundary=\"" + boundary + b"\"\r\n\r\n--" + boundary + b"\r\n"
        tail = b"--" + boundary + b"--\r\n" + tail
    return HEAD + head + b"\r\nthe core\r\n" + tail


def chain(depth, last=b"the core\r\n"):
    return b"".join(HEAD + b"Subject: level %d\r\nContent-Type: message/rfc822\r\n\r\n" % n for n in range(depth)) + letter(last)


def mime():
    two = [part(b"first\r\n", b"Content-Type: text/plain"), part(b"<p>second</p>", b"Content-Type: text/html")]
    for depth in (2, 10, 50, 99, 100, 101, 150):
        yield f"multiparts {depth} deep", nested(depth)
    for depth in (1, 5, 50, 99, 100, 120):
        yield f"messages {depth} deep", chain(depth)
    yield "plain multipart", mixed(b"simple", two)
    yield "preamble and epilogue", mixed(b"pre", two, preamble=b"preamble\r\n--pr\r\n", epilogue=b"--pre\r\nepilogue")
    yield "no closing boundary", mixed(b"open", two, close=False)
    yield "cut inside a part header", mixed(b"cut", two)[:-80]
    yield "closing boundary only", mixed(b"close", [])
    yield "boundary never met", letter(b"text\r\n", content_type=b"multipart/mixed; boundary=never")
    yield "no boundary parameter", letter(multipart(b"lost", two), content_type=b"multipart/mixed")
    yield "empty boundary", letter(multipart(b"", two), content_type=b'multipart/mixed; boundary=""')
    yield "boundary of blanks", letter(multipart(b"  ", two), content_type=b'multipart/mixed; boundary="  "')
    yield "boundary with a blank at its end", letter(multipart(b"b ", two), content_type=b'multipart/mixed; boundary="b "')
    for size in (70, 71, 1024, 1025, 2000):
        yield f"boundary of {size}", mixed(b"b" * size, two)
    yield "boundary of specials", mixed(b"'()+_,-./:=? x", two)
    yield "boundary in quotes and comments", letter(multipart(b'q"q', two), content_type=b'multipart/mixed (c); boundary (c) = "q\\"q" (c)')
    yield "boundary in pieces", letter(multipart(b"onetwo", two), content_type=b"multipart/mixed; boundary*0=one; boundary*1=two")
    yield "8-bit boundary", mixed("ж".encode() * 5, two)
    yield "inner boundary begins like the outer", mixed(b"same", [part(multipart(b"same-longer", two), b"Content-Type: multipart/mixed; boundary=same-longer")])
    yield "outer boundary begins like the inner", mixed(b"same-longer", [part(multipart(b"same", two), b"Content-Type: multipart/mixed; boundary=same")])
    yield "equal boundaries", mixed(b"equal", [part(multipart(b"equal", two), b"Content-Type: multipart/mixed; boundary=equal")])
    yield "outer boundary inside the inner", mixed(b"out", [part(b"--in\r\n\r\nx\r\n--out\r\n\r\ny\r\n--in--\r\n", b"Content-Type: multipart/mixed; boundary=in")])
    yield "padding behind boundaries", mixed(b"pad", two).replace(b"--pad", b"--pad \t")
    yield "text behind boundaries", mixed(b"junk", two).replace(b"--junk\r\n", b"--junkyard\r\n")
    yield "parts without headers", mixed(b"bare", [b"\r\nbody", b"\r\n", b"", b"no header line\r\n"])
    yield "parts without blank lines", mixed(b"tight", [b"Content-Type: text/plain", b"Content-Type: text/html\r\nX: y"])
    yield "two boundaries at once", letter(multipart(b"one", two), content_type=b"multipart/mixed; boundary=one; boundary=two")
    yield "1000 parts", mixed(b"many", [part(b"%d" % n) for n in range(1000)])
    yield "10001 parts", mixed(b"too-many", [part(b"%d" % n) for n in range(10_001)])
    yield "10000 empty parts", mixed(b"e", [b""] * 10_000)
    yield "digest", letter(multipart(b"dig", [part(letter(b"one\r\n")), part(letter(b"two\r\n")), b"Subject: no blank"]), content_type=b"multipart/digest; boundary=dig")
    yield "base64 message", letter(lines(base64.b64encode(chain(3))), content_type=b"message/rfc822", content_transfer_encoding=b"base64")
    yield "base64 multipart", letter(lines(base64.b64encode(multipart(b"hid", two))), content_type=b"multipart/mixed; boundary=hid", content_transfer_encoding=b"base64")
    yield "partial", letter(chain(2), content_type=b'message/partial; id="a@b"; number=2; total=3')
    yield "external body", letter(b"Content-Type: image/gif\r\nContent-ID: <x@y>\r\n\r\nphantom", content_type=b"message/external-body; access-type=local-file; name=/etc/passwd")
    yield "delivery report", letter(multipart(b"rep", [part(b"failed\r\n"), part(b"Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n", b"Content-Type: message/delivery-status"), part(letter(b""), b"Content-Type: message/rfc822")]), content_type=b"multipart/report; report-type=delivery-status; boundary=rep")
    yield "messages and multiparts in turns", mixed(b"t1", [part(mixed(b"t2", [part(mixed(b"t3", two), b"Content-Type: message/rfc822")]), b"Content-Type: message/rfc822")])
    yield "broken base64", mixed(b"b64", [part(b"Q*U=F\r\n=\r\n\xff==Q", b"Content-Transfer-Encoding: base64")])
    yield "broken quoted-printable", mixed(b"qp", [part(b"=\r\n=4\r\n=GG = \r\n=", b"Content-Transfer-Encoding: quoted-printable")])
    yield "quoted-printable letter", letter(quopri.encodestring("Привет, мир = ok\n".encode() * 50).replace(b"\n", b"\r\n"), content_type=b"text/plain; charset=utf-8", content_transfer_encoding=b"quoted-printable")


def parameters():
    """RFC 2231 and what is sent instead."""
    tables = [
        b"filename*=utf-8''%E2%82%AC%20rates", b"filename*=iso-8859-1'en'%A3", b"filename*=''plain", b"filename*=%", b"filename*=utf-8''%ZZ%4",
        b"filename*0=a; filename*1=b; filename*2=c", b"filename*2=c; filename*0=a; filename*1=b", b"filename*0=a; filename*2=c",
        b"filename*0*=utf-8''%D0; filename*1*=%96; filename*2=\" x\"", b"filename*00=a; filename*01=b", b"filename*99999999999=x",
        b"filename=\"=?utf-8?b?0JbQtg==?=\"", b"filename==?utf-8?q?x?=", b"filename=my file (1).pdf", "filename=\"Файл.txt\"".encode(),
        b"filename=\"../../etc/passwd\"", b"filename=\"a\\\"b\\\\c\"", b"filename=\"open", b"filename=a; filename=b; filename*=utf-8''c",
        b";;;", b"=; =x; \"a\"=b", b"filename\r\n =\r\n folded", b"; ".join(b"p%d=v" % n for n in range(1000)), b"filename=" + b"n" * 5000,
        b"; ".join(b"filename*%d=%s" % (n, b"x" * 60) for n in range(200)), b"(comment) filename (comment) = (comment) x (comment)",
    ]
    for number, table in enumerate(tables):
        yield f"parameters {number}", letter(b"x\r\n", content_type=b"application/octet-stream; " + table.replace(b"filename", b"name"), content_disposition=b"attachment; " + table)


def words():
    """RFC 2047 and what is sent instead."""
    subjects = [
        b"=?utf-8?q?=D0=96?=", b"=?utf-8?Q?=D0?= =?utf-8?Q?=96?=", b"=?utf-8?b?0JY?=", b"=?UTF-8*ru?B?0JY=?=", b"=?x?q?y?=", b"=?utf-8?x?y?=",
        b"=?utf-8?q?open", b"=?utf-8?q?a b c?=", b"=?utf-8?q?" + b"=D0=96" * 500 + b"?=", b"=?utf-8?q?=0D=0AEvil:_header?=", b"=?utf-8?q?=00?=",
        b"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", b"=?gb2312?b?xOO6ww==?=", b"=?koi8-r?q?=F6?= =?windows-1251?q?=C6?=", b"=?utf-7?q?+BBY-?=",
        b"=?=?=?=?=", b"=?utf-8?q??=", b"=?" * 2000, b"\r\n ".join([b"=?utf-8?b?8J+YgA==?="] * 50), b"a=?utf-8?q?b?=c",
    ]
    for number, subject in enumerate(subjects):
        yield f"words {number}", letter(b"x\r\n", head=b"From: " + subject + b" <nasty@example.net>\r\nTo: alice@example.org\r\n", subject=subject)


def addresses():
    lists = [
        b"", b",,,", b";", b"undisclosed-recipients:;", b"g: a@b, c@d;, e@f", b"g: h: a@b;;", b"<@a,@b:c@d>", b"a . b @ c . d", b'"a b"@c', b'"a\\"b" <x@y>',
        b"(((((a)))))b@c", b"(" * 500 + b"a@b", b"a@[192.0.2.1], b@[IPv6:::1]", b"a@b@c", b"<<a@b>>", b"<a@b", b"a@b>", b"@", b"<>", b"root", "ж <ж@пример.рф>".encode(),
        b"very.common@example.com (a (nested (comment)))", b"Joe Q. Public <john.q.public@example.com>,\r\n\tMary\r\n <mary@x.test>",
    ]
    for number, value in enumerate(lists):
        yield f"addresses {number}", b"From: " + value + b"\r\nTo: " + value + b"\r\nReply-To: " + value + b"\r\nSubject: addresses\r\n\r\nx\r\n"


def international():
    """RFC 6532 headers, and message/global."""
    inner = "From: Жук <жук@пример.рф>\r\nTo: 用户@例子.公司\r\nSubject: 你好 😀\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nпривет\r\n".encode()
    yield "UTF-8 header", inner
    yield "message/global", letter(inner, content_type=b"message/global", content_transfer_encoding=b"8bit")
    yield "message/global in base64", letter(lines(base64.b64encode(inner)), content_type=b"message/global", content_transfer_encoding=b"base64")
    yield "message/global-headers", mixed("граница".encode(), [part(inner.split(b"\r\n\r\n")[0] + b"\r\n", b"Content-Type: message/global-headers")])
    yield "UTF-8 parameters", letter(b"x\r\n", content_type="application/x; name=\"Отчёт № 1.pdf\"".encode(), content_description="описание".encode())
    yield "combining and right to left", letter("e\u0301 \u202eabc\u202c \u05d0\u200d\r\n".encode(), subject="\u202egnp.exe \u0301".encode())


def large():
    """25 MB attachments: base64 lines, long 8-bit lines, binary."""
    chance = random.Random(25)
    raw = chance.randbytes(18_500_000)
    yield "25 MB of base64", mixed(b"large", [part(b"see attachment"), part(lines(base64.b64encode(raw)), b"Content-Type: application/zip; name=large.zip", b"Content-Transfer-Encoding: base64")])
    cyrillic = ("Съешь же ещё этих мягких французских булок, да выпей чаю. " * 12).encode() + b"\r\n"
    yield "25 MB of 8-bit text", letter(cyrillic * (25_000_000 // len(cyrillic)), content_type=b"text/plain; charset=utf-8", content_transfer_encoding=b"8bit")
    yield "25 MB of bytes", mixed(b"large", [part(chance.randbytes(25_000_000), b"Content-Type: application/octet-stream", b"Content-Transfer-Encoding: binary")])


def damaged(sources):
    """Endless: other messages cut, doubled, spliced and sprinkled."""
    chance = random.Random(4)
    sprinkle = [b"\r\n", b".", b"\r\n.\r\n", b"--", b":", b" ", b"\t", b"\"", b"=?", b"\xff", b"\0", b"\n", b"\r", b"Content-Type: multipart/x; boundary=b\r\n", b"--b\r\n"]
    number = 0
    while True:
        content = bytearray(chance.choice(sources))
        for _ in range(chance.randrange(1, 20)):
            at = chance.randrange(len(content) + 1)
            what = chance.randrange(4)
            if what == 0:
                content[at:at] = chance.choice(sprinkle)
            elif what == 1:
                del content[at : at + chance.randrange(1, 40)]
            elif what == 2:
                other = chance.choice(sources)
                begin = chance.randrange(len(other))
                content[at:at] = other[begin : begin + chance.randrange(200)]
            else:
                content[at : at + 1] = bytes([chance.randrange(256)])
        while content[:1] in (b" ", b"\t") or bytes(content).split(b":", 1)[0].lower().strip() in TRACE:
            content[:0] = b"X"
        number += 1
        if content:
            yield f"damaged {number}", bytes(content)


def messages():
    """(name, content, needs_bdat), COUNT of them."""
    made = []
    for family in (edges, headers, long_lines, chunk_edges, binary, mime, parameters, words, addresses, international, large):
        made += [(f"{family.__name__}: {name}", content) for name, content in family()]
    sources = [content for _, content in made if len(content) < 20_000]
    made += [next_one for next_one, _ in zip(damaged(sources), range(COUNT - len(made)))]
    for name, content in made:
        yield name, content, bool(BAD_FOR_DATA.search(content))


def digest(made):
    total = hashlib.sha256()
    for name, content, needs_bdat in made:
        total.update(repr((name, len(content), needs_bdat)).encode() + content)
    return total.hexdigest()


def self_test():
    made = list(messages())
    contents = [content for _, content, _ in made]
    bdat = [content for _, content, needs_bdat in made if needs_bdat]
    assert len(made) == COUNT, len(made)
    assert len({name for name, _, _ in made}) == COUNT, "names differ"
    assert len(set(contents)) == COUNT, "messages differ"
    assert digest(made) == digest(messages()), "every run gives the same"
    for name, content, needs_bdat in made:
        stripped = content.replace(b"\r\n", b"")
        assert content, name
        assert needs_bdat == any(bad in stripped for bad in (b"\0", b"\r", b"\n")), name
        assert content[:1] not in b" \t" and content.split(b":", 1)[0].lower().strip() not in TRACE, name
        assert len(re.findall(rb"(?im)^received[ \t]*:", content)) < 50, name
        assert len(content) < 40 << 20, name
    assert 20 <= len(bdat) <= 100, len(bdat)
    assert sum(len(content) >= 24_900_000 for content in contents) == 3
    assert sum(len(content) for content in contents) < 120 << 20
    wanted = {
        "long line": lambda c: any(len(line) > 998 for line in c.split(b"\r\n")),
        "bare dot": lambda c: b"\r\n.\r\n" in c,
        "no final CRLF": lambda c: not c.endswith(b"\r\n"),
        "empty body": lambda c: c.endswith(b"\r\n\r\n"),
        "no header end": lambda c: b"\r\n\r\n" not in c,
        "8-bit": lambda c: any(byte > 127 for byte in c[:4000]),
        "NUL": lambda c: b"\0" in c,
        "100 multiparts": lambda c: c.count(b"Content-Type: multipart/") >= 100,
        "100 messages": lambda c: c.count(b"Content-Type: message/rfc822") >= 100,
        "header over 1 MiB": lambda c: c.find(b"\r\n\r\n") > 1 << 20,
        "message/global": lambda c: b"message/global" in c,
        "continuation": lambda c: b"filename*1" in c,
        "encoded word": lambda c: b"=?utf-8?" in c,
    }
    for what, holds in wanted.items():
        assert any(holds(content) for content in contents if len(content) < 2 << 20), what
    print(f"{len(made)} messages, {len(bdat)} for BDAT, {sum(map(len, contents)) / 1e6:.0f} MB, {digest(made)[:16]}")


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, content, _) in enumerate(messages()):
        (folder / f"{number:03} {re.sub('[^A-Za-z0-9]+', '-', name)}.eml").write_bytes(content)


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    elif len(sys.argv) == 3 and sys.argv[1] == "--write":
        write(pathlib.Path(sys.argv[2]))
    else:
        sys.exit("usage: nasty.py --self-test | --write FOLDER")
