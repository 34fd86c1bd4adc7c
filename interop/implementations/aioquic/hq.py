"""HTTP/0.9 over QUIC, and HTTP/3 (h3.py), on aioquic, client and server, for Millrace's interop runner: `hq.py client --help`, `hq.py server --help`."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.packet import QuicProtocolVersion
from aioquic.tls import CipherSuite

from h3 import Http3Client, server_of

ALPN = {"http3": ["h3"]}
HTTP_09 = ["hq-interop"]

# Bytes that the client asks to be sent to a stream before they are read.
WINDOW = 1024 * 1024

# How much of a file must have come before the client updates its keys.
KEY_UPDATE_AFTER = 256 * 1024


def configuration(behaviour: str, is_client: bool) -> QuicConfiguration:
    settings = QuicConfiguration(alpn_protocols=ALPN.get(behaviour, HTTP_09), is_client=is_client, max_data=2 * WINDOW, max_stream_data=WINDOW)
    if "SSLKEYLOGFILE" in os.environ:
        settings.secrets_log_file = open(os.environ["SSLKEYLOGFILE"], "a", buffering=1)
    if behaviour == "chacha20":
        settings.cipher_suites = [CipherSuite.CHACHA20_POLY1305_SHA256]
    if behaviour == "v2":
        settings.original_version = QuicProtocolVersion.VERSION_1 if is_client else None
        settings.supported_versions = [QuicProtocolVersion.VERSION_2, QuicProtocolVersion.VERSION_1]
    else:
        settings.supported_versions = [QuicProtocolVersion.VERSION_1]
    return settings


class Client:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.ticket = None
        self.has_ticket = asyncio.Event()

    async def run(self) -> None:
        behaviour, files = self.args.behaviour, self.args.files
        if behaviour == "multiconnect":
            for file in files:
                await self.connection([file])
        elif behaviour in ("resumption", "zerortt"):
            await self.connection(files[:1], keep_ticket=True)
            await self.connection(files[1:], early=behaviour == "zerortt")
        elif behaviour == "http3":
            await self.http3(files)
        else:
            await self.connection(files)

    async def http3(self, files: list[str]) -> None:
        async with self.connected(create_protocol=Http3Client) as protocol:
            contents = await asyncio.gather(*(protocol.fetch(file) for file in files))
        for file, content in zip(files, contents):
            (Path(self.args.downloads) / file).write_bytes(content)

    def keep(self, ticket) -> None:
        self.ticket = ticket
        self.has_ticket.set()

    async def connection(self, files: list[str], keep_ticket: bool = False, early: bool = False) -> None:
        async with self.connected(wait_connected=not early) as protocol:
            await asyncio.gather(*(self.fetch(protocol, file) for file in files))
            if keep_ticket:
                await self.has_ticket.wait()

    def connected(self, **options):
        settings = configuration(self.args.behaviour, True)
        settings.load_verify_locations(self.args.ca)
        settings.server_name = "localhost"
        settings.session_ticket = self.ticket
        return connect(self.args.host, self.args.port, configuration=settings, session_ticket_handler=self.keep, **options)

    async def fetch(self, protocol, file: str) -> None:
        reader, writer = await protocol.create_stream()
        writer.write(f"GET /{file}\r\n".encode())
        writer.write_eof()
        received = 0
        with open(Path(self.args.downloads) / file, "wb") as output:
            while data := await reader.read(65536):
                output.write(data)
                is_due = received < KEY_UPDATE_AFTER <= received + len(data)
                received += len(data)
                if self.args.behaviour == "keyupdate" and is_due:
                    protocol.request_key_update()


class Server:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.tickets = {}

    async def run(self) -> None:
        settings = configuration(self.args.behaviour, False)
        settings.load_cert_chain(self.args.cert, self.args.key)
        server = await serve(
            self.args.host,
            self.args.port,
            configuration=settings,
            create_protocol=server_of(self.args.root) if self.args.behaviour == "http3" else QuicConnectionProtocol,
            retry=self.args.behaviour == "retry",
            session_ticket_fetcher=lambda label: self.tickets.pop(label, None),
            session_ticket_handler=lambda ticket: self.tickets.update({ticket.ticket: ticket}),
            stream_handler=lambda reader, writer: asyncio.ensure_future(self.answer(reader, writer)),
        )
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        await ended.wait()
        server.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, path = (await reader.read()).decode().split()
        file = Path(self.args.root) / Path(path).name
        writer.write(file.read_bytes() if method == "GET" and file.is_file() else b"")
        writer.write_eof()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    roles = parser.add_subparsers(dest="role", required=True)
    client = roles.add_parser("client")
    client.add_argument("--ca", required=True)
    client.add_argument("--downloads", required=True)
    client.add_argument("files", nargs="+")
    server = roles.add_parser("server")
    server.add_argument("--cert", required=True)
    server.add_argument("--key", required=True)
    server.add_argument("--root", required=True)
    for role in (client, server):
        role.add_argument("--behaviour", required=True)
        role.add_argument("--host", required=True)
        role.add_argument("--port", required=True, type=int)
    return parser.parse_args()


async def main() -> None:
    args = parse()
    await {"client": Client, "server": Server}[args.role](args).run()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
