"""A mail server on this machine, to send to and to look at what arrived."""

import email
from email.message import EmailMessage
from email.policy import default
from typing import Any


class Mailbox:
    """A mail server on this machine and what it took."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    @property
    def address(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=shop@shop.example&to=farm@farm.example"
