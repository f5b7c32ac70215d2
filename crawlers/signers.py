"""An operator's own signer, named in sources.yml as `signer: "package.module:factory"`. We ship none but the null one.

The factory is called without arguments and answers an object with the method of `crawlers.plan.RequestSigner`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from crawlers.plan import RequestSigner
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Source

OPTION = "signer"


def chosen_signer(source: Source, default: RequestSigner) -> RequestSigner:
    """The signer that a source names, else the default. Raises ConfigError naming file, source and option."""
    named = source.options.get(OPTION, "")
    if not named:
        return default
    module, _, factory = named.partition(":") if isinstance(named, str) else ("", "", "")
    if not module or not factory:
        raise _wrong(source, "应为“包.模块:工厂函数”")
    try:
        signer: RequestSigner = getattr(import_module(module), factory)()
        signed = signer.sign("GET", "https://example.invalid/", {"probe": "1"}, {})
    except Exception as error:  # noqa: BLE001  # whatever it raises: the message may hold a secret of the component
        raise _wrong(source, f"{named} 不能使用（{type(error).__name__}）") from None
    if not isinstance(signed, Mapping) or not all(isinstance(part, str) for pair in signed.items() for part in pair):
        raise _wrong(source, f"{named} 的 sign 应返回文字到文字的映射")
    return GuardedSigner(signer, source)


@dataclass(frozen=True)
class GuardedSigner:
    """An operator's signer: what it raises while it works is told without its message."""

    signer: RequestSigner = field(repr=False)
    source: Source = field(repr=False)

    def sign(self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, str]:
        """The query with what the operator's component adds. Raises ConfigError when that fails."""
        try:
            return self.signer.sign(method, url, params, headers)
        except Exception as error:  # noqa: BLE001  # see above
            raise _wrong(self.source, f"签名组件出错（{type(error).__name__}）") from None


def _wrong(source: Source, problem: str) -> ConfigError:
    return ConfigError(f"sources.yml 来源 {source.id} 的选项 {OPTION}：{problem}")
