"""Whether a source is read by the way that sources.yml says: the acceptance of terms hangs on that word."""

from crawlers.registry import spiders
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend, Source


def refuse_wrong_way(source: Source) -> None:
    """Pages under the name of an interface would need nobody's consent. Raises ConfigError naming file and source.

    `web` is the strictest word, and so right for every source.
    """
    spider = spiders().get(source.kind)
    if spider is None or source.backend in (Backend.WEB, way := spider.way(source)):
        return
    surface = source.options.get("surface")
    what = f"{source.kind}（surface: {surface}）" if surface else source.kind
    raise ConfigError(
        f"sources.yml 来源 {source.id} 的 backend 应为 {way.value}，而不是 {source.backend.value}：{what} "
        + ("读取网页，须先由负责人确认条款（accepted_terms_by）" if way is Backend.WEB else "的读取方式如此")
    )
