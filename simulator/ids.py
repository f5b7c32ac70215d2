"""Ids that carry their own creation time, as Weibo and Douyin make them."""

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
WEIBO_EPOCH = 515483463
_LOW_BITS = 22
_AWEME_BITS = 32


def weibo_mid(unix_seconds: int, serial: int) -> str:
    """Make a 16 digit mid whose upper bits are the creation second."""
    return str(((unix_seconds - WEIBO_EPOCH) << _LOW_BITS) | (serial % (1 << _LOW_BITS)))


def weibo_seconds(mid: str) -> int:
    """Read the creation second back from a mid."""
    return (int(mid) >> _LOW_BITS) + WEIBO_EPOCH


def aweme_id(unix_seconds: int, serial: int) -> str:
    """Make a 19 digit Douyin id whose upper bits are the creation second."""
    return str((unix_seconds << _AWEME_BITS) | (serial % (1 << _AWEME_BITS)))


def aweme_seconds(native_id: str) -> int:
    """Read the creation second back from a Douyin id."""
    return int(native_id) >> _AWEME_BITS


def mid_to_bid(mid: str) -> str:
    """Turn the decimal id of a Weibo post into its base-62 form."""
    groups = _groups(mid, 7)
    words = [_to_base62(int(group)) for group in groups]
    return words[0] + "".join(word.rjust(4, "0") for word in words[1:])


def bid_to_mid(bid: str) -> str:
    """Turn the base-62 id of a Weibo post into its decimal form."""
    numbers = [str(_from_base62(group)) for group in _groups(bid, 4)]
    return numbers[0] + "".join(number.rjust(7, "0") for number in numbers[1:])


def _groups(text: str, size: int) -> list[str]:
    """Cut from the right into groups; only the leftmost may be shorter."""
    head = len(text) % size
    first = [text[:head]] if head else []
    return first + [text[start : start + size] for start in range(head, len(text), size)]


def _to_base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    return digits or "0"


def _from_base62(word: str) -> int:
    number = 0
    for letter in word:
        number = number * 62 + ALPHABET.index(letter)
    return number
