"""One address per article, whatever the tracking parameters, twins for phones, and spellings."""

import re
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"^(utm_.*|spm|share_.*|from|source|_|r|wfr|for|nsukey|isappinstalled|tt_from|timestamp|refer|vt|wm|bd_vid|gclid)$"
)
_DESKTOP = (("3g.163.com", "www.163.com"), ("xw.qq.com", "new.qq.com"))
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)")


def _host(host: str) -> str:
    for phone, desktop in _DESKTOP:
        if host == phone:
            return desktop
    return "www." + host[2:] if host.startswith("m.") else host


def _port(scheme: str, port: int | None) -> str:
    return "" if port is None or port == {"http": 80, "https": 443}.get(scheme) else f":{port}"


def canonicalise(url: str) -> str:
    """https, lower-case host, desktop twin, no fragment, no tracking parameters, the others sorted."""
    parts = urlsplit(url.strip())
    host = _host((parts.hostname or "").lower())
    kept = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(pair[0]))
    port = _port(parts.scheme, parts.port)
    scheme = "https" if not port else parts.scheme  # an explicit port speaks only its own scheme
    return urlunsplit((scheme, host + port, parts.path or "/", urlencode(kept), ""))


def _site(url: str) -> str:
    host = urlsplit(url).hostname or ""
    labels = host.split(".")
    size = 3 if len(labels) > 2 and labels[-2] in ("com", "gov", "org", "net", "edu") else 2
    return host if host.replace(".", "").isdigit() else ".".join(labels[-size:])


def canonical_of(url: str, declared: str | None) -> str:
    """The canonical address of a page: its own declaration where it names the same site, else the address cleaned."""
    target = urljoin(url, declared.strip()) if declared and declared.strip() else url
    ok = target.startswith(("http://", "https://")) and _site(target) == _site(url)
    is_front = urlsplit(target).path in ("", "/") and urlsplit(url).path not in ("", "/")
    return canonicalise(target if ok and not is_front else url)


def native_id(canonical_url: str) -> str:
    """The id of a news article."""
    return sha256(canonical_url.encode()).hexdigest()[:32]


def date_in(url: str) -> str | None:
    """The date that an address carries, as YYYY-MM-DD."""
    found = _DATE.search(urlsplit(url).path)
    return "-".join(found.groups()) if found else None
