"""ls-qpack, as aioquic has it, file to file: encode|decode CAPACITY BLOCKED ACKNOWLEDGED, the QPACK offline interop format in or out."""
import struct
import sys

from pylsqpack import Decoder, Encoder, StreamBlocked


def parse_qif(text):
    sections = [[]]
    for line in text.split(b"\n"):
        if line.startswith(b"#"):
            continue
        if not line:
            if sections[-1]:
                sections.append([])
            continue
        sections[-1].append(tuple(line.split(b"\t", 1)))
    return [section for section in sections if section]


def encode(data, capacity, blocked, acknowledged):
    encoder, decoder = Encoder(), Decoder(capacity, blocked)
    out = []

    def block(stream, payload):
        if payload:
            out.append(struct.pack("!QI", stream, len(payload)) + payload)

    first = encoder.apply_settings(capacity, blocked)
    block(0, first)
    decoder.feed_encoder(first)
    for stream, section in enumerate(parse_qif(data), 1):
        instructions, encoded = encoder.encode(stream, section)
        block(0, instructions)
        block(stream, encoded)
        decoder.feed_encoder(instructions)
        answer, _ = decoder.feed_header(stream, encoded)
        if acknowledged:
            encoder.feed_decoder(answer)
    return b"".join(out)


def decode(data, capacity, blocked, _acknowledged):
    decoder = Decoder(capacity, blocked)
    decoded, at = {}, 0
    while at < len(data):
        stream, length = struct.unpack_from("!QI", data, at)
        payload = data[at + 12 : at + 12 + length]
        at += 12 + length
        if stream == 0:
            for ready in decoder.feed_encoder(payload):
                decoded[ready] = decoder.resume_header(ready)[1]
            continue
        try:
            decoded[stream] = decoder.feed_header(stream, payload)[1]
        except StreamBlocked:
            pass
    text = b""
    for stream in sorted(decoded):
        text += b"".join(name + b"\t" + value + b"\n" for name, value in decoded[stream]) + b"\n"
    return text


if __name__ == "__main__":
    work = {"encode": encode, "decode": decode}[sys.argv[1]]
    capacity, blocked, acknowledged = map(int, sys.argv[2:5])
    sys.stdout.buffer.write(work(sys.stdin.buffer.read(), capacity, blocked, acknowledged != 0))
