"""Invented accounts, and invented personal data with valid check digits."""

from random import Random

from simulator.corpus import Author
from simulator.scenario.phrases.slots import NAME_HEADS, NAME_TAILS, OUTLETS, REGIONS

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"


class People:
    """A fixed cast of persons, media and organisations."""

    def __init__(self, rng: Random, persons: int = 1500) -> None:
        self.persons = [_person(rng, number) for number in range(persons)]
        self.media = [_media(rng, number, name) for number, name in enumerate(OUTLETS)]

    def anyone(self, rng: Random) -> Author:
        """Mostly ordinary people; now and then a media account."""
        return rng.choice(self.media) if rng.random() < 0.03 else rng.choice(self.persons)


def _person(rng: Random, number: int) -> Author:
    name = (
        rng.choice(NAME_HEADS) + rng.choice(NAME_TAILS) + (str(rng.randrange(10, 9999)) if rng.random() < 0.7 else "")
    )
    verified = 0 if rng.random() < 0.06 else -1
    followers = int(rng.lognormvariate(5.2, 1.6)) * (40 if verified == 0 else 1)
    return Author(str(1_000_200_000 + number * 37), name, verified, followers, rng.choice(REGIONS))


def _media(rng: Random, number: int, name: str) -> Author:
    return Author(str(2_000_300_000 + number * 41), name, 3, rng.randrange(60_000, 3_000_000), rng.choice(REGIONS))


def official(bank: str, number: int) -> Author:
    """The verified account of a bank."""
    return Author(str(3_000_400_000 + number), bank, 2, 523_000, REGIONS[number])


def phone(rng: Random) -> str:
    """An invented mobile number of the Chinese form."""
    return "1" + rng.choice("3578") + "".join(rng.choice("0123456789") for _ in range(9))


def id_card(rng: Random) -> str:
    """An invented identity number with a valid check digit."""
    birth = f"{rng.randrange(1960, 2004)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    head = f"{rng.choice(('330106', '340103', '510107'))}{birth}{rng.randrange(1000):03}"
    total = sum(int(digit) * weight for digit, weight in zip(head, _ID_WEIGHTS, strict=True))
    return head + _ID_CHECK[total % 11]


def bank_card(rng: Random) -> str:
    """An invented 19 digit card number that satisfies Luhn."""
    head = "6217" + "".join(rng.choice("0123456789") for _ in range(14))
    return head + str((10 - luhn_sum(head + "0") % 10) % 10)


def luhn_sum(digits: str) -> int:
    """The Luhn sum; a multiple of ten is valid."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total
