"""Which addresses a webhook may lead to: not into our own network, however the address is written or resolved."""

import socket
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import httpx

from flows.errors import Refusal
from flows.notifying.own_thread import on_its_own_thread

LONGEST_URL = 2_000
LONGEST_NAME = 253  # a host's, RFC 1035; each of its parts has 1 to 63 characters
# Azure's and Oracle's metadata look public; the others are link-local, private or shared
METADATA = {ip_address("168.63.129.16"), ip_address("192.0.0.192")}
NOT_ANYWHERE = (IPv6Network("fec0::/10"), IPv6Network("64:ff9b:1::/48"), IPv6Network("100::/64"))  # of one site only
ENDS_IN_IPV4 = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))  # NAT64, and IPv4-compatible
NAMES_OF_OUR_OWN = (".localhost", ".local", ".internal", ".home.arpa")


class Refused(Refusal):
    """An address that no webhook may lead to."""


def refuse_address(url: str, allow_private: bool) -> None:
    """Raises Refused for an address that cannot be meant. A name is looked up only when a message is sent: what it
    leads to then is what counts, and no transaction should wait for a name server."""
    try:
        parts = urlsplit(url)
        named, _ = parts.hostname, parts.port
    except ValueError:
        raise Refused("{url!r} is not an address.", url=url) from None
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise Refused("An address has at most {longest_url} characters, and no spaces.", longest_url=LONGEST_URL)
    if parts.scheme not in ("http", "https") or not named:
        raise Refused("{url!r} is not an http:// or https:// address.", url=url)
    if parts.username is not None or parts.password is not None:
        raise Refused("An address with a user or a password in it is not kept: messages are signed instead.")
    try:
        host = encoded_host(httpx.URL(url))
    except (httpx.InvalidURL, UnicodeError):
        raise Refused("{named!r} is not a host that can be looked up.", named=named) from None
    if allow_private:
        return
    name = f".{host.rstrip('.').lower()}"
    if name.endswith(NAMES_OF_OUR_OWN):
        raise Refused("{host} lies in a private network.", host=host)
    try:  # numbers in any spelling, 127.1 and 0x7f000001 too; never asks a name server
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return
    for *_, (address, *_) in found:
        _refuse_private(host, str(address))


def encoded_host(url: httpx.URL) -> str:
    """The host as name servers and certificates spell it. Raises UnicodeError for one that has no such spelling."""
    host = url.raw_host.decode("ascii")
    host.encode("idna")  # what the name lookup does: refuses parts that are empty or too long
    if not host or len(host.removesuffix(".")) > LONGEST_NAME:
        raise UnicodeError(f"a host has 1 to {LONGEST_NAME} characters")
    return host


async def checked_address(host: str, port: int, allow_private: bool) -> str:
    """The address a host leads to now. Raises Refused if any of its addresses is private, OSError if it has none."""
    found = await on_its_own_thread(partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM))
    addresses = [str(address) for *_, (address, *_) in found]
    if not allow_private:
        for address in addresses:
            _refuse_private(host, address)
    return addresses[0]


def _refuse_private(host: str, text: str) -> None:
    address = _innermost(ip_address(text.partition("%")[0]))
    of_one_site = isinstance(address, IPv6Address) and any(address in network for network in NOT_ANYWHERE)
    if of_one_site or not address.is_global or address.is_multicast or address in METADATA:
        raise Refused(
            "{host} leads to {address}, which is private, loopback, link-local or a metadata address.",
            host=host,
            address=address,
        )


def _innermost(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if int(address) > 1 and any(address in network for network in ENDS_IN_IPV4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address  # Teredo is no global network
