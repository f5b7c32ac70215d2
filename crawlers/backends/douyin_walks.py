"""Pages of comments of a work as places that a later look can go on from."""

from crawlers.backends.thread_places import Place, Stop
from crawlers.model import PageRequest

CHAIN = ("chain", "place")  # where a page stands in the chain of works


def stop_of(page: PageRequest) -> Stop:
    """A page as a later look would go on with it."""
    cursor = page.memo.get("cursor", "0")
    return Stop(
        comment=page.memo.get("comment", ""),
        cursor="" if cursor == "0" else cursor,
        number=page.number,
        until=page.memo.get("until", ""),
    )


def key_of(page: PageRequest) -> str:
    """By what the page is known in what is remembered."""
    return page.memo.get("stop") or stop_of(page).key


def onward_of(stops: tuple[Stop, ...]) -> Stop | None:
    """Where the comments themselves go on."""
    return next((stop for stop in stops if not (stop.comment or stop.until)), None)


def memo_again(page: PageRequest, place: Place, chain_rides_on: bool) -> dict[str, str]:
    """The memo of a first page that is read once more."""
    kept = {name: value for name, value in page.memo.items() if chain_rides_on or name not in CHAIN}
    return {**kept, "until": place.until}
