"""An HTTP/3 client for the tests: a request as a line of JSON comes in, its answer as one goes out.

A request names `host`, `port` and `path`; `address` where it is not 127.0.0.1, `as` where its connection is to stay open
under a name, and `forget` where one of those is over. The answer has `status`, `headers` and `body`, or `error`.
"""

import asyncio
import json
import ssl
import sys

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated


class Client(QuicConnectionProtocol):
    def __init__(self, quic):
        super().__init__(quic)
        self.http = H3Connection(quic)
        self.answers = {}
        self.ended = None

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            self.ended = f"closed: {event.error_code} {event.reason_phrase}"
            for _, _, done in self.answers.values():
                if not done.done():
                    done.set_exception(ConnectionError(self.ended))
        for event in self.http.handle_event(event):
            if not isinstance(event, (HeadersReceived, DataReceived)):
                continue
            heads, body, done = self.answers[event.stream_id]
            if isinstance(event, HeadersReceived):
                heads.append(event.headers)
            else:
                body.extend(event.data)
            if event.stream_ended and not done.done():
                done.set_result(None)

    async def ask(self, said):
        if self.ended:
            raise ConnectionError(self.ended)
        stream = self._quic.get_next_available_stream_id()
        done = asyncio.get_running_loop().create_future()
        self.answers[stream] = ([], bytearray(), done)
        head = [
            (":method", "GET"),
            (":scheme", "https"),
            (":authority", f"{said['host'] or 'none'}:{said['port']}"),
            (":path", said["path"]),
        ]
        lines = [(name.encode(), value.encode()) for name, value in head]
        self.http.send_headers(stream, lines, end_stream=True)
        self.transmit()
        await done
        heads, body, _ = self.answers.pop(stream)
        # Interim answers come first.
        headers = [(name.decode(), value.decode()) for name, value in heads[-1]]
        return {
            "status": int(dict(headers)[":status"]),
            "headers": [pair for pair in headers if not pair[0].startswith(":")],
            "body": body.decode(),
        }


async def connected(said):
    configuration = QuicConfiguration(
        is_client=True,
        alpn_protocols=H3_ALPN,
        server_name=said["host"] or None,
        verify_mode=ssl.CERT_NONE,
        # What nginx still holds of a connection that got lost is let go soon.
        idle_timeout=2,
    )
    quic = QuicConnection(configuration=configuration)
    loop = asyncio.get_running_loop()
    # Not aioquic's own `connect`, which needs IPv6.
    local = ("127.0.0.1", 0)
    _, client = await loop.create_datagram_endpoint(lambda: Client(quic), local_addr=local)
    client.connect((said.get("address", "127.0.0.1"), said["port"]))
    try:
        await client.wait_connected()
    except ConnectionError:
        raise ConnectionError(client.ended) from None
    return client


async def answered(said, kept):
    kept.pop(said.get("forget"), None)
    name = said.get("as")
    client = kept.get(name)
    if client is None:
        client = await connected(said)
    try:
        return await client.ask(said)
    finally:
        if name is None:
            client.close()
        else:
            kept[name] = client


async def main():
    kept = {}
    while line := await asyncio.to_thread(sys.stdin.readline):
        said = json.loads(line)
        try:
            answer = await asyncio.wait_for(answered(said, kept), 3)
        except (OSError, asyncio.TimeoutError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
