"""One address per article, whatever the tracking parameters, twins for phones, and spellings."""

import calendar
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from crawlers.extract.times import SHANGHAI

_TRACKING = re.compile(
    r"^(utm_.*|spm|share_.*|from|source|_|r|wfr|for|nsukey|isappinstalled|tt_from|timestamp|refer|vt|wm|bd_vid|gclid)$"
)
_DESKTOP = {"3g.163.com": "www.163.com", "xw.qq.com": "new.qq.com"}
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)")
_MONTH = re.compile(r"/((?:19|20)\d{2})[-/_]?(0[1-9]|1[0-2])/")
_AMP = re.compile(r"/amp(?=/)|/amp/?$|\.amp(?=\.s?html?$)|-amp(?=\.s?html?$)", re.ASCII)
Hosts = Mapping[str, str]


def _host(host: str, hosts: Hosts) -> str:
    desktop = hosts.get(host) or _DESKTOP.get(host)
    if desktop:
        return desktop
    return "www." + host[2:] if host.startswith("m.") else host


def _port(scheme: str, port: int | None) -> str:
    return "" if port is None or port == {"http": 80, "https": 443}.get(scheme) else f":{port}"


def canonicalise(url: str, hosts: Hosts | None = None) -> str:
    """https, lower-case host, desktop twin, no fragment, no tracking parameters, the others sorted.

    `hosts` names further twins: host for phones -> host for desktops.
    """
    parts = urlsplit(url.strip())
    host = _host((parts.hostname or "").lower(), hosts or {})
    kept = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(pair[0]))
    port = _port(parts.scheme, parts.port)
    scheme = "https" if not port else parts.scheme  # an explicit port speaks only its own scheme
    return urlunsplit((scheme, host + port, parts.path or "/", urlencode(kept), ""))


def _site(url: str) -> str:
    host = urlsplit(url).hostname or ""
    labels = host.split(".")
    size = 3 if len(labels) > 2 and labels[-2] in ("com", "gov", "org", "net", "edu") else 2
    return host if host.replace(".", "").isdigit() else ".".join(labels[-size:])


def same_site(one: str, other: str) -> bool:
    """Whether two addresses belong to one registered domain."""
    return _site(one) == _site(other)


def is_front(url: str) -> bool:
    """Whether an address is the front page of a site."""
    return urlsplit(url).path.lower() in ("", "/", "/index.html", "/index.htm", "/index.shtml", "/index.php")


def canonical_of(url: str, declared: str | None, hosts: Hosts | None = None) -> str:
    """The canonical address of a page: its own declaration where it names the same site, else the address cleaned."""
    target = urljoin(url, declared.strip()) if declared and declared.strip() else url
    ok = target.startswith(("http://", "https://")) and same_site(target, url)
    return canonicalise(target if ok and (_is_column(url) or not _is_column(target)) else url, hosts)


def _is_column(url: str) -> bool:
    """Whether an address is the front page of a site or of a part of it, by its form: no number, no page of its own.

    Templates declare it by mistake on every article of the column.
    """
    *_, folder, page = f"/{urlsplit(url).path.lower()}".split("/")
    is_index = not page or re.fullmatch(r"(?:index|default|list)\.\w{3,5}", page) is not None
    return is_index and not re.search(r"\d", folder) and not urlsplit(url).query


def native_id(canonical_url: str) -> str:
    """The id of a news article."""
    return sha256(canonical_url.encode()).hexdigest()[:32]


def without_amp(url: str) -> str:
    """The address of the ordinary page of which this is the AMP edition; the address itself for any other."""
    parts = urlsplit(url)
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0].lower() != "amp"])
    return urlunsplit((parts.scheme, parts.netloc, _AMP.sub("", parts.path, count=1) or "/", query, parts.fragment))


def date_in(url: str) -> str | None:
    """The date that an address carries, as YYYY-MM-DD."""
    found = _DATE.search(urlsplit(url).path)
    if not found:
        return None
    year, month, day = map(int, found.groups())
    return "-".join(found.groups()) if day <= calendar.monthrange(year, month)[1] else None


def age_of(url: str) -> datetime | None:
    """About when an address was made, where it tells: enough to know the year of a date without one."""
    if day := date_in(url):
        return datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
    found = _MONTH.search(urlsplit(url).path)
    return datetime(int(found[1]), int(found[2]), 15, tzinfo=SHANGHAI) if found else None
