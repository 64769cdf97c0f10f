"""A next hop for flow tests: takes every letter and counts them by Subject, or does something else when told."""
import collections
import socketserver
import threading
import time


class Sink(socketserver.ThreadingTCPServer):
    """pause: seconds before a letter is taken. While `hangs` is set, nothing is answered after the final dot."""

    daemon_threads, allow_reuse_address = True, True
    # A full backlog would leave peers waiting for the greeting, for the five minutes of RFC 5321.
    request_queue_size = 1024

    def __init__(self, pause=0.0):
        self.pause, self.hangs = pause, threading.Event()
        self.taken, self.begun, self.lock = collections.Counter(), collections.Counter(), threading.Lock()
        super().__init__(("127.0.0.1", 0), Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def close(self):
        self.shutdown()
        self.server_close()


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        try:
            self.converse()
        except OSError:
            pass  # killed peers cut their connections

    def converse(self):
        self.say("220 sink")
        for raw in self.rfile:
            verb = raw[:4].upper()
            if verb == b"EHLO":
                self.say("250-sink\r\n250-8BITMIME\r\n250 PIPELINING")
            elif verb == b"DATA":
                self.say("354 go")
                if not self.take():
                    return
            elif verb == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")

    def take(self):
        name = b""
        for line in self.rfile:
            if line == b".\r\n":
                break
            if not name and line.startswith(b"Subject: "):
                name = line[9:].strip()
                with self.server.lock:
                    self.server.begun[name.decode()] += 1
        else:
            return False
        if self.server.hangs.is_set():
            self.rfile.read(1)
            return False
        time.sleep(self.server.pause)
        with self.server.lock:
            self.server.taken[name.decode()] += 1
        self.say("250 taken")
        return True
