"""WebTransport on aioquic, for the transfer cases of Millrace's interop runner.

server PORT CERT KEY FILES   serves sessions, and asks for files where the path says ?get=a,b&over=unidirectional|bidirectional|datagram
client PORT CA FILES CASE NAMES   asks for the files (receive), or is asked for them (send); prints a line of JSON with their digests
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import FrameType, H3Connection
from aioquic.h3.events import DatagramReceived, DataReceived, HeadersReceived, WebTransportStreamDataReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import StreamReset

PROTOCOLS = ["echo-2", "echo-1"]


class Session(QuicConnectionProtocol):
    """One session on one connection, the same on both sides."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic, enable_webtransport=True)
        self.files = Path(".")
        self.session_id = None
        self.is_client = self._quic.configuration.is_client
        self.accepted = asyncio.get_running_loop().create_future()
        self.streams = {}
        self.ours = {}
        self.received = {}
        self.wanted = set()
        self.done = asyncio.get_running_loop().create_future()
        self.closed = asyncio.get_running_loop().create_future()

    def quic_event_received(self, event):
        for each in self.http.handle_event(event):
            self.http_event(each)
        if isinstance(event, StreamReset) and event.stream_id == self.session_id and not self.closed.done():
            self.closed.set_result(None)

    def http_event(self, event):
        if isinstance(event, HeadersReceived):
            self.headers(event.stream_id, dict(event.headers))
        elif isinstance(event, WebTransportStreamDataReceived):
            self.stream_data(event)
        elif isinstance(event, DatagramReceived):
            self.message(event.data)
        elif isinstance(event, DataReceived) and event.stream_ended and event.stream_id == self.session_id:
            if not self.closed.done():
                self.closed.set_result(None)
            if not self.is_client:
                self._quic.send_stream_data(self.session_id, b"", end_stream=True)
                self.transmit()

    def headers(self, stream_id, fields):
        if self.is_client:
            self.accepted.set_result(fields)
            return
        self.session_id = stream_id
        offered = fields.get(b"wt-available-protocols", b"").decode()
        answer = [(b":status", b"200"), (b"sec-webtransport-http3-draft", b"draft02")]
        for each in offered.split(","):
            if each.strip().strip('"') in PROTOCOLS:
                answer.append((b"wt-protocol", each.strip().encode()))
                break
        self.http.send_headers(stream_id, answer)
        self.transmit()
        query = parse_qs(urlsplit(fields[b":path"].decode()).query)
        if "get" in query:
            asyncio.ensure_future(self.get(query["get"][0].split(","), query["over"][0]))

    async def get(self, names, over):
        self.wanted = set(names)
        for name in names:
            self.ask(name, over)
        if over == "datagram":
            while not self.done.done():
                await asyncio.wait([self.done], timeout=0.3)
                for name in self.wanted - set(self.received):
                    self.ask(name, over)
        await self.done
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in self.received.items()}
        if self.is_client:
            return digests
        stream = self.http.create_webtransport_stream(self.session_id, is_unidirectional=True)
        self._quic.send_stream_data(stream, b"DIGESTS " + json.dumps(digests).encode(), end_stream=True)
        self.transmit()

    def ask(self, name, over):
        request = b"GET " + name.encode()
        if over == "datagram":
            self.http.send_datagram(self.session_id, request)
        else:
            stream = self.http.create_webtransport_stream(self.session_id, is_unidirectional=over == "unidirectional")
            self.ours[stream] = name
            if over == "bidirectional":
                # aioquic takes what comes back on such a stream for frames of HTTP/3, unless it is told.
                with self.http._get_or_create_stream(stream) as ours:
                    ours.frame_type, ours.session_id = FrameType.WEBTRANSPORT_STREAM, self.session_id
            self._quic.send_stream_data(stream, request, end_stream=True)
        self.transmit()

    def stream_data(self, event):
        held = self.streams.setdefault(event.stream_id, [])
        held.append(event.data)
        if not event.stream_ended:
            return
        data = b"".join(self.streams.pop(event.stream_id))
        if event.stream_id in self.ours:
            self.keep(self.ours[event.stream_id], data)
        elif event.stream_id & 2:
            self.message(data, stream=True)
        else:
            self._quic.send_stream_data(event.stream_id, self.read(data[4:]), end_stream=True)
            self.transmit()

    def message(self, data, stream=False):
        if data.startswith(b"GET "):
            answer = b"PUSH " + data[4:] + b"\n" + self.read(data[4:])
            if stream:
                reply = self.http.create_webtransport_stream(self.session_id, is_unidirectional=True)
                self._quic.send_stream_data(reply, answer, end_stream=True)
            else:
                self.http.send_datagram(self.session_id, answer)
            self.transmit()
        elif data.startswith(b"PUSH "):
            name, rest = data[5:].split(b"\n", 1)
            self.keep(name.decode(), rest)
        elif data.startswith(b"DONE") and not self.done.done():
            self.done.set_result(None)

    def read(self, name):
        return (self.files / Path(name.decode()).name).read_bytes()

    def keep(self, name, data):
        self.received[name] = data
        if self.wanted and self.wanted <= set(self.received) and not self.done.done():
            self.done.set_result(None)


def settings(is_client):
    return QuicConfiguration(alpn_protocols=["h3"], is_client=is_client, max_datagram_frame_size=65536, max_data=1 << 24, max_stream_data=1 << 22)


async def run_server(port, cert, key, files):
    configuration = settings(False)
    configuration.load_cert_chain(cert, key)

    def session(*args, **kwargs):
        made = Session(*args, **kwargs)
        made.files = Path(files)
        return made

    await serve("127.0.0.1", int(port), configuration=configuration, create_protocol=session)
    print("ready", flush=True)
    await asyncio.Future()


async def run_client(port, ca, files, case, names):
    configuration = settings(True)
    configuration.load_verify_locations(ca)
    configuration.server_name = "localhost"
    over, direction = case.split("-")[-2:] if case != "handshake" else ("", "")
    path = f"/{case}" + (f"?get={names}&over={over}" if direction == "send" else "")
    async with connect("127.0.0.1", int(port), configuration=configuration, create_protocol=Session) as session:
        session.files = Path(files)
        session.session_id = session._quic.get_next_available_stream_id()
        fields = {
            ":method": "CONNECT", ":scheme": "https", ":authority": "localhost", ":path": path, ":protocol": "webtransport",
            "sec-webtransport-http3-draft02": "1", "wt-available-protocols": '"echo-3", "echo-2", "echo-1"',
        }
        session.http.send_headers(session.session_id, [(name.encode(), value.encode()) for name, value in fields.items()])
        session.transmit()
        answer = await session.accepted
        outcome = {"status": answer[b":status"].decode(), "protocol": answer.get(b"wt-protocol", b"").decode(), "digests": {}}
        if direction == "receive":
            outcome["digests"] = await session.get(names.split(","), over)
        elif direction == "send":
            await session.closed
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    role, *rest = sys.argv[1:]
    asyncio.run(asyncio.wait_for({"server": run_server, "client": run_client}[role](*rest), 60))
