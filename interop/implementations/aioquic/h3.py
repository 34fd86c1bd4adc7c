"""HTTP/3 on aioquic: the files of the case http3, for the client and the server of hq.py."""

import asyncio
from pathlib import Path

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.events import QuicEvent


class Http3Protocol(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)

    def quic_event_received(self, event: QuicEvent) -> None:
        for received in self.http.handle_event(event):
            self.http_event_received(received)

    def http_event_received(self, event: H3Event) -> None:
        raise NotImplementedError


class Http3Client(Http3Protocol):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.responses = {}

    async def fetch(self, file: str) -> bytes:
        stream = self._quic.get_next_available_stream_id()
        ended = asyncio.get_running_loop().create_future()
        self.responses[stream] = (ended, [])
        fields = {":method": "GET", ":scheme": "https", ":authority": "localhost", ":path": f"/{file}", "user-agent": "aioquic"}
        self.http.send_headers(stream, [(name.encode(), value.encode()) for name, value in fields.items()], end_stream=True)
        self.transmit()
        return await ended

    def http_event_received(self, event: H3Event) -> None:
        ended, chunks = self.responses[event.stream_id]
        if isinstance(event, HeadersReceived) and dict(event.headers).get(b":status") not in (None, b"200"):
            ended.set_exception(RuntimeError(f"the response is {event.headers}"))
        if isinstance(event, DataReceived):
            chunks.append(event.data)
        if event.stream_ended and not ended.done():
            ended.set_result(b"".join(chunks))


def server_of(root: str):
    class Http3Server(Http3Protocol):
        def http_event_received(self, event: H3Event) -> None:
            if not isinstance(event, HeadersReceived):
                return
            file = Path(root) / Path(dict(event.headers)[b":path"].decode()).name
            is_there = file.is_file()
            self.http.send_headers(event.stream_id, [(b":status", b"200" if is_there else b"404"), (b"server", b"aioquic")])
            self.http.send_data(event.stream_id, file.read_bytes() if is_there else b"", end_stream=True)
            self.transmit()

    return Http3Server
