"""Clients that send one byte in ten seconds, for ever: what a server must bear beside its real ones."""
import selectors
import socket
import threading
import time
import unittest

import tegu

# Never whole: a command of a lawful length that has no end.
WORDS = {"smtp": b"NOOP " + b"x" * 400, "imap": b"a NOOP " + b"x" * 400}


def admits(port, number):
    """Are so many connections greeted? Settings are in force some moments after they are set."""
    clients = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(number)]
    try:
        return all(client.recv(500)[:4] in (b"220 ", b"* OK") for client in clients)
    finally:
        for client in clients:
            client.close()


class Crawlers:
    """`number` connections to a port, each greeted; `every` seconds lie between two bytes of one."""

    def __init__(self, port, service, number, every=10.0):
        self.port, self.word, self.number, self.every = port, WORDS[service], number, every
        self.sockets, self.lost, self.stop = [], 0, threading.Event()

    def __enter__(self):
        for _ in range(self.number):
            client = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.sockets.append(client)
        for client in self.sockets:
            if client.recv(500)[:4] not in (b"220 ", b"* OK"):
                raise AssertionError("a slow client was refused")
            client.setblocking(False)
        self.thread = threading.Thread(target=self.crawl, daemon=True)
        self.thread.start()
        return self

    def crawl(self):
        began = time.monotonic()
        for turn in range(len(self.word)):
            for place, client in enumerate(self.sockets):
                wait = began + self.every * (turn + place / self.number) - time.monotonic()
                if wait > 0.01 and self.stop.wait(wait):
                    return
                try:
                    client.send(self.word[turn : turn + 1])
                except OSError:
                    self.lost += 1

    def alive(self):
        """Connections that the server has neither closed nor spoken to."""
        with selectors.DefaultSelector() as selector:
            for client in self.sockets:
                selector.register(client, selectors.EVENT_READ)
            return self.number - len(selector.select(0))

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        for client in self.sockets:
            client.close()


class CrowdTest(unittest.TestCase):
    """An instance with alice's account, where one address may have a thousand connections."""

    @classmethod
    def setUpClass(cls):
        cls.mail = tegu.Instance(settings={"imap.connections_per_address": "1000", "smtp.connections_per_address": "1000"})
        cls.mail.__enter__()
        cls.addClassCleanup(cls.mail.__exit__)
        cls.alice = cls.mail.account("alice@example.org")
