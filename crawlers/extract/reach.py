"""Which addresses found on the web may be fetched: public web addresses, never the inside of our own network."""

import ipaddress
import socket
from urllib.parse import urlsplit

_INNER = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
_PORTS = {"http": 80, "https": 443}
Origin = tuple[str, int]
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def may_follow(url: str, found_at: str) -> bool:
    """True for http(s) addresses of public hosts, and of the very host and port where the address was found."""
    wanted = origin_of(url)
    return wanted is not None and (is_public(wanted[0]) or wanted == origin_of(found_at))


def origin_of(url: str) -> Origin | None:
    """Host and port of an http(s) address; None for anything else, and for what no client would understand."""
    try:
        url.encode()
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # a lone surrogate, a bad port, half an IPv6 address
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    return host, port or _PORTS[parts.scheme]


def is_public(host: str) -> bool:
    """False for names and numbers of this machine and of private networks, in whatever spelling."""
    name = host.lower().rstrip(".")
    address = _address(name)
    if address is None:
        return "." in name and not name.endswith(_INNER)
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_global and not address.is_multicast)


def is_literal(host: str) -> bool:
    """True when a resolver has nothing to look up: a number in any spelling."""
    return _address(host.lower().rstrip(".")) is not None


def _address(host: str) -> _Address | None:
    """The address that a resolver takes a host for; resolvers also know 127.1, 0x7f000001 and 2130706433."""
    if ":" in host:
        return _sixth(host)
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return None


def _sixth(host: str) -> _Address:
    try:
        return ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return ipaddress.IPv6Address("::")  # unreadable, so nowhere
