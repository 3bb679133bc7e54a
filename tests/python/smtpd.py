"""A mail server for the tests: smtpd.py FOLDER none|starttls|tls [PORT].

Every mail becomes a file in FOLDER, its envelope in the first lines. Beside FOLDER are cert.pem and key.pem. With TLS one
must log in as me / s;cret. An address at nobody.example is refused. Prints its port once it listens, and ends with its
standard input.
"""

import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

FOLDER, SECURITY = sys.argv[1], sys.argv[2]
PORT = int(sys.argv[3]) if len(sys.argv) > 3 else 0


class Keeper:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@nobody.example"):
            return "550 nobody of that name here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        Keeper.count += 1
        path = os.path.join(FOLDER, f"{Keeper.count:04}")
        with open(path + ".tmp", "wb") as file:
            file.write(f"{envelope.mail_from}\n{','.join(envelope.rcpt_tos)}\n".encode() + envelope.content)
        os.rename(path + ".tmp", path + ".eml")
        return "250 OK"


def log_in(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"me", b"s;cret"))


def secret():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    beside = os.path.dirname(FOLDER)
    context.load_cert_chain(os.path.join(beside, "cert.pem"), os.path.join(beside, "key.pem"))
    return context


def talk():
    words = {"auth_required": True, "authenticator": log_in}
    if SECURITY == "starttls":
        return SMTP(Keeper(), tls_context=secret(), require_starttls=True, **words)
    if SECURITY == "tls":
        return SMTP(Keeper(), auth_require_tls=False, **words)
    return SMTP(Keeper())


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
wrapped = secret() if SECURITY == "tls" else None
server = loop.run_until_complete(loop.create_server(talk, "127.0.0.1", PORT, ssl=wrapped))
print(server.sockets[0].getsockname()[1], flush=True)
loop.add_reader(sys.stdin, loop.stop)
loop.run_forever()
