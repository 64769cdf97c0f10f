#!/usr/bin/env python3
"""A proxy between daemons and PostgreSQL that cuts connections at the end of transactions.

    proxy.py <folder of PostgreSQL's socket> <folder for the proxy's socket>

It reads the frontend's messages (PostgreSQL's documentation, "Frontend/Backend Protocol") only so far as to know which
statements run and where their transaction ends: at a Sync, or at a Sync after an execution of COMMIT. A line "cut
before", "cut sent" or "cut answered" on standard input asks for one cut, at the end of the next transaction that writes:
before the server gets its end (so that it never happens), right after (so that the server and the cut race), or when
the server has answered and the answer is withheld. Each cut is told on standard output as one line of JSON.
"""
import asyncio
import json
import pathlib
import re
import sys

# Statements that change what users would miss; their names are those of the constants in lib/model.
WRITES = re.compile(r"(content_insert|queue_(deliver|finish|insert|defer|lease|drop)|mailbox_(append|change|move|write)|pg\.commit)")


class Proxy:
    def __init__(self, server):
        self.server, self.wanted = server, []

    def told(self, **words):
        print(json.dumps(words), flush=True)

    async def serve(self, client, writer):
        try:
            server, to_server = await asyncio.open_unix_connection(self.server)
        except OSError:
            writer.close()
            return
        session = Session(self, client, writer, server, to_server)
        await session.run()


class Session:
    def __init__(self, proxy, client, to_client, server, to_server):
        self.proxy, self.client, self.to_client, self.server, self.to_server = proxy, client, to_client, server, to_server
        self.statements = []  # that ran since the last end of a transaction
        self.explicit = False  # between BEGIN and COMMIT
        self.withheld = None  # (what is told, the Syncs that must be answered before the cut)
        self.syncs, self.answers = 0, 0

    async def run(self):
        tasks = [asyncio.create_task(self.forward()), asyncio.create_task(self.backward())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in (self.to_client, self.to_server):
                writer.close()

    async def forward(self):
        first = await self.client.readexactly(4)
        self.to_server.write(first + await self.client.readexactly(int.from_bytes(first, "big") - 4))
        while True:
            head = await self.client.readexactly(5)
            body = await self.client.readexactly(int.from_bytes(head[1:], "big") - 4)
            kind = head[:1]
            if kind == b"B":
                _, _, rest = body.partition(b"\0")
                self.statements.append(rest.split(b"\0", 1)[0].decode(errors="replace"))
            if kind == b"S":
                self.syncs += 1
                if await self.cut_here(head + body):
                    return
            self.to_server.write(head + body)
            await self.to_server.drain()

    async def cut_here(self, sync):
        self.explicit = self.explicit or any(name.startswith("pg.begin") for name in self.statements)
        if self.explicit and not any(name.startswith(("pg.commit", "pg.rollback")) for name in self.statements):
            return False
        self.explicit = False
        writes = [name for name in self.statements if WRITES.match(name)]
        self.statements = []
        if not writes or not self.proxy.wanted or self.withheld:
            return False
        how = self.proxy.wanted.pop(0)
        word = {"cut": how, "statements": [re.sub(r"\.\d+$", "", name) for name in writes]}
        if how == "answered":
            self.withheld = (word, self.syncs)
            return False
        if how == "sent":
            self.to_server.write(sync)
            await self.to_server.drain()
        self.proxy.told(**word)
        return True

    async def backward(self):
        authenticated = False
        while True:
            head = await self.server.readexactly(5)
            body = await self.server.readexactly(int.from_bytes(head[1:], "big") - 4)
            if head[:1] == b"Z":
                # The first one follows the authentication; each later one answers a Sync.
                self.answers += authenticated
                authenticated = True
                if self.withheld and self.answers >= self.withheld[1]:
                    self.proxy.told(**self.withheld[0])
                    return
            self.to_client.write(head + body)
            await self.to_client.drain()


async def main(server, folder):
    proxy = Proxy(str(pathlib.Path(server) / ".s.PGSQL.5432"))
    path = pathlib.Path(folder) / ".s.PGSQL.5432"
    listening = await asyncio.start_unix_server(proxy.serve, str(path), limit=1 << 20)
    path.chmod(0o777)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    proxy.told(ready=True)
    async with listening:
        while line := await reader.readline():
            _, how = line.decode().split()
            proxy.wanted.append(how)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
