"""Tells a chat or a mail by apprise. Its addresses hold passwords: they are never logged or shown."""

import logging

from flows.errors import Invalid

# lead to any address that one likes, which is what the other kinds are for, or to this machine
GENERIC = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises", "syslog", "dbus", "file",
                     "windows", "macosx", "gnome", "kde", "qt", "glib", "mqtt", "mqtts"})  # fmt: skip


def check_apprise_address(address: str, allow_private: bool) -> None:
    """Raises Invalid for what apprise cannot send to, and for what only leads into our own network."""
    from apprise import Apprise, NotifyBase  # slow to load: only who has such a webhook waits for it

    _log_nothing()
    scheme = address.partition("://")[0].lower()
    if scheme in GENERIC and not allow_private:
        raise Invalid("{scheme}:// is no chat or mail: use a webhook of another kind.", scheme=scheme, field="url")
    if not isinstance(Apprise.instantiate(address), NotifyBase):
        raise Invalid("This is no address that apprise can send to, as mailtos://user:password@host.", field="url")


def send_by_apprise(address: str, title: str, body: str) -> str | None:
    """Sends; returns why it was not taken, None: it was."""
    from apprise import Apprise, NotifyBase, NotifyFormat

    _log_nothing()
    service = Apprise.instantiate(address)
    if not isinstance(service, NotifyBase):
        return "apprise cannot send to this address"
    target = Apprise()
    target.add(service)
    taken = target.notify(body=body, title=title, body_format=NotifyFormat.TEXT)
    return None if taken else f"{service.service_name} did not take the message"


def _log_nothing() -> None:
    """What apprise logs of a failure names addresses, and with them passwords."""
    logging.getLogger("apprise").disabled = True
