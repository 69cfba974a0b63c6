"""A mail server (aiosmtpd) that prints its port, then every mail it takes as one line of JSON. `refuse@…` is refused."""
import asyncio, email, email.policy, json
from aiosmtpd.smtp import SMTP

class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refuse@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(json.dumps({"envelope_to": envelope.rcpt_tos, "from": mail["from"], "to": mail["to"],
            "subject": mail["subject"], "text": mail.get_content()}), flush=True)
        return "250 OK"

async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), hostname="sink"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
