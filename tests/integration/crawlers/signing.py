"""A signer as an operator would bring it: any non-empty value will do for the double."""

from collections.abc import Mapping


class AnyBogus:
    """Adds the parameter that the double looks for."""

    def sign(self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, str]:
        """The parameters and one more."""
        return {**params, "a_bogus": f"{method}{len(params)}"}


def make() -> AnyBogus:
    """The factory that sources.yml names."""
    return AnyBogus()
