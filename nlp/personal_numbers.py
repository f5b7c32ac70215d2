"""Checksums and shapes of Chinese personal numbers."""

_PROVINCE_RANGES = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
_PROVINCES = frozenset(str(code) for low, high in _PROVINCE_RANGES for code in range(low, high + 1))
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
# Prefixes of UnionPay, Visa, Mastercard, JCB, Amex, Diners and old domestic cards. Post ids of Douyin start with 7.
_CARD_PREFIXES = (*"459", "60", "62", "64", "65", "34", "35", "37", "30", "36", "38", "39", *map(str, range(22, 28)))


def is_identity_card(number: str) -> bool:
    """True for 18 characters with a known province, a real date and the right check digit (GB 11643)."""
    if len(number) != 18 or not number[:17].isdigit():
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK_DIGITS[total % 11] == number[17] and _is_place_and_day(number[:2], number[10:14], number[6:8])


def is_identity_card_15(number: str) -> bool:
    """True for the old 15 digits: province and date are all there is to check."""
    return len(number) == 15 and number.isdigit() and _is_place_and_day(number[:2], number[8:12], "19")


def _is_place_and_day(province: str, month_day: str, century: str) -> bool:
    month, day = int(month_day[:2]), int(month_day[2:])
    is_day = 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]
    return province in _PROVINCES and is_day and century in ("18", "19", "20")


def is_bank_card(number: str) -> bool:
    """True for 15 to 19 digits with a card prefix that pass the Luhn check."""
    return 15 <= len(number) <= 19 and number.isdigit() and number.startswith(_CARD_PREFIXES) and _luhn(number)


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
