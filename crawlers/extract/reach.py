"""Which addresses found on the web may be fetched: public web addresses, never the inside of our own network."""

import ipaddress
import socket
from urllib.parse import urlsplit

_INNER = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def may_follow(url: str, found_at: str) -> bool:
    """True for http(s) addresses of public hosts, and of the very host where the address was found."""
    try:
        url.encode()
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # a lone surrogate, a bad port, half an IPv6 address
        return False
    if parts.scheme not in ("http", "https") or not host:
        return False
    return host == _host_of(found_at) or is_public(host)


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_public(host: str) -> bool:
    """False for names and numbers of this machine and of private networks, in whatever spelling."""
    name = host.lower().rstrip(".")
    address = _address(name)
    if address is None:
        return "." in name and not name.endswith(_INNER)
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_global and not address.is_multicast)


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
