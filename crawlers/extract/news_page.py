"""An article page of any news site: title, main text, time with precision, publisher, author, canonical address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from lxml import etree, html

from crawlers.extract import news_body, news_meta, news_time, urls
from crawlers.extract.encoding import decode
from crawlers.extract.feeds import no_feed
from crawlers.extract.news_time import Clues
from crawlers.extract.times import SHANGHAI
from crawlers.model import Reply, Verdict
from crawlers.outcomes import OK, by_status
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import TimePrecision

PARSER = "news_page/2"
_SUFFIX = re.compile(r"\s*(?:[-_|—–]{1,2}|\s·)\s*[^-_|—–]{1,24}$")
_SOURCE_LINE = re.compile(r"(?:文章|本文|信息|稿件)?(?:来源|稿源)\s*[:：]\s*([^\s|,，。;；:：()（）<>]{2,30})")
_AUTHOR_LINE = re.compile(r"(?:作者|记者)\s*[:：]\s*([\u4e00-\u9fff·A-Za-z]{2,12})")
# What stands as the whole title of a page that is no more.
_GONE = re.compile(
    r"404|(?:http|error)404|(?:404[-:：_,，]?)?(?:page)?notfound|404页面|页面丢失了?"
    r"|(?:404)?[-:：_,，]?(?:抱歉|对不起)?[，,]?(?:您|你)?(?:所|要)?(?:访问|查看|浏览|请求)?的?(?:该|此)?"
    r"(?:页面|网页|文章|内容|新闻)(?:没有找到|找不到|未找到|不存在|已?被?删除|已下线|走丢了)(?:了|或已?被?删除|或已下线)?[!！。]?",
    re.IGNORECASE,
)
# What stands as the whole title of a page that says why there is none now: it may be there for others, or tomorrow.
_CHECK = re.compile(
    r"(?:安全|人机|访问|滑[动块]|身份|浏览器安全)(?:性)?(?:验证|检查)(?:中)?|(?:请(?:输入|完成))?验证(?:码)?|captcha|justamoment\.*"
    r"|attentionrequired!?|(?:访问|请求|操作)(?:过于|太)?频繁[!！。]?",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"(?:页面|系统|网站|程序|服务器?)?(?:出错|错误|异常|繁忙|维护|升级)(?:了|啦|中)?[!！。]?|(?:错误|系统|温馨)?提示(?:信息)?"
    r"|(?:网站|系统)(?:正在)?(?:维护|升级)(?:中)?|(?:访问|请求)(?:被(?:拒绝|拦截|阻断|限制)|受限|禁止)|(?:网站|服务)?(?:暂时|暂)(?:无法访问|不可用)"
    r"|(?:internal)?servererror|error[!.]?|(?:http)?(?:error)?[45]0[0-35-9][a-z]*|accessdenied|forbidden"
    r"|badgateway|gatewaytime-?out|service(?:temporarily)?unavailable|请稍[后候](?:再试)?\.*",
    re.IGNORECASE,
)
_ERROR_SIZE = 1500
_SHORT_PAGE = 200
_SHORTEST_HEADLINE = 8
_LEAD = 150
_ORIGINAL = re.compile(r"^[（(【\[]?\s*原(?:标题|题)\s*[:：]\s*([^）)】\]]{2,80})")
_PAYWALL = re.compile(r"(订阅后|付费后|登录后|开通会员|购买后)[^。]{0,12}(阅读|查看)(全文|剩余)")


@dataclass(frozen=True, slots=True)
class Rule:
    """CSS of one site; an empty part is left to the general ways."""

    title: str = ""
    time: str = ""
    body: str = ""
    publisher: str = ""
    paywall: str = ""  # stands only on pages that show no more than the lead


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says. `outcome` tells whether the rest may be believed."""

    title: str = field(repr=False)
    text: str = field(repr=False)
    published_at: datetime | None
    time_precision: TimePrecision | None
    publisher: str
    author: str = field(repr=False)
    canonical_url: str
    outcome: Outcome
    is_complete: bool = True  # False: a paywall shows only the lead
    method: str = "none"
    original_title: str = field(default="", repr=False)  # under which the source of a syndicated copy printed it

    @property
    def parser_version(self) -> str:
        """The parser, and which way of it found the text."""
        return f"{PARSER}+{self.method}"

    def as_json(self) -> dict[str, object]:
        """The fields that `yuqing extract` prints."""
        return {
            "title": self.title,
            "text": self.text,
            "published_at": self.published_at.astimezone(SHANGHAI).isoformat() if self.published_at else None,
            "time_precision": self.time_precision.value if self.time_precision else None,
            "publisher": self.publisher,
            "author": self.author,
            "canonical_url": self.canonical_url,
            "outcome": self.outcome.value,
        }


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of the sites beforehand: CSS rules by host, and desktop twins of hosts for phones."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)


_OUTCOMES: Mapping[Outcome, Verdict] = {
    Outcome.OK: OK,
    Outcome.NOT_FOUND: Verdict(Outcome.NOT_FOUND, "soft_404"),
    Outcome.CHALLENGE: Verdict(Outcome.CHALLENGE, "captcha_page"),
}


def _nothing(url: str, outcome: Outcome) -> Article:
    return Article("", "", None, None, "", "", urls.canonicalise(url), outcome)


def read(
    reply: Reply, now: datetime, site: Site | None = None, announced: datetime | None = None
) -> tuple[Verdict, Article]:
    """An article from a reply, with the verdict of the fetch. `announced` is when a feed says it was published."""
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, _nothing(reply.url, refusal.outcome)
    article = extract(reply.body, reply.url, reply.headers, now, site, announced)
    if article.outcome is Outcome.CHANGED:
        return no_feed(reply.body, "error_page" if article.text else "no_main_text"), article
    return _OUTCOMES.get(article.outcome, Verdict(article.outcome)), article


def extract(
    page: bytes,
    url: str,
    headers: Mapping[str, str] | None = None,
    now: datetime | None = None,
    site: Site | None = None,
    announced: datetime | None = None,
) -> Article:
    """The article in the bytes of a page. Without `now`, times are not clamped and relative ones not understood."""
    text = decode(page, headers)
    tree = _tree(text)
    if tree is None:
        return _nothing(url, Outcome.CHANGED)
    site = site or Site()
    present = now or datetime(2100, 1, 1, tzinfo=SHANGHAI)
    clues = Clues(text, url, headers or {}, present, announced)
    return _read(tree, clues, _rule(url, site.rules), site.hosts)


def _tree(text: str) -> html.HtmlElement | None:
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return None
    return tree if tree.find("body") is not None else None


def _rule(url: str, rules: Mapping[str, Rule]) -> Rule:
    """The rule of the host, or of the longest suffix of it that has one."""
    host = urlsplit(url).hostname or ""
    matching = [name for name in rules if host == name or host.endswith("." + name)]
    return rules[max(matching, key=len)] if matching else Rule()


def _read(tree: html.HtmlElement, clues: Clues, rule: Rule, hosts: Mapping[str, str]) -> Article:
    declared = news_meta.read(tree)
    title = _title(tree, declared, rule)
    visible = news_body.text_of(tree.find("body"))
    near = _near_title(visible, title)
    body = news_body.extract(tree, clues.page, rule.body or None, title)
    when = news_time.find(declared, _css_text(tree, rule.time), near, clues)
    instead = _instead(tree, declared, visible) or _home(declared, body, clues.url)
    return Article(
        title=title,
        text=body.text,
        published_at=when.at if when else None,
        time_precision=when.precision if when else None,
        publisher=_publisher(tree, declared, rule, near, body),
        author=_author(declared, near, body),
        canonical_url=urls.canonical_of(clues.url, declared.canonical, hosts),
        outcome=instead or (Outcome.OK if body.text else Outcome.CHANGED),
        is_complete=declared.is_free and not _is_cut(tree, rule, body.text, visible),
        method=body.method,
        original_title=next((found[1] for line in body.about if (found := _ORIGINAL.match(line))), ""),
    )


def _is_cut(tree: html.HtmlElement, rule: Rule, text: str, visible: str) -> bool:
    """Whether a paywall shows no more than the lead."""
    if rule.paywall and tree.cssselect(rule.paywall):
        return True
    return bool(_PAYWALL.search(text[-300:] or visible[:3000]))


def _instead(tree: html.HtmlElement, declared: news_meta.Declared, visible: str) -> Outcome | None:
    """What a page of status 200 says of itself instead of being an article: told by its title or its only heading,
    never by words in a text. "Not found" is one thing; an error, a check and a rest for repairs are another."""
    if declared.published:
        return None
    heads = [_bare(tree.findtext(".//title") or "")]
    if len(visible) < _SHORT_PAGE:
        heads += [_bare(node.text_content()) for node in tree.iter("h1", "h2")]
    if any(_GONE.fullmatch(head) for head in heads):
        return Outcome.NOT_FOUND
    if len(visible) > _ERROR_SIZE:
        return None
    if any(_CHECK.fullmatch(head) for head in heads):
        return Outcome.CHALLENGE
    return Outcome.CHANGED if any(_ERROR.fullmatch(head) for head in heads) else None


def _home(declared: news_meta.Declared, body: news_body.Body, url: str) -> Outcome | None:
    """The front page under the address of an article."""
    leads_home = declared.canonical and urls.is_front(declared.canonical) and not urls.is_front(url)
    return Outcome.CHANGED if leads_home and not declared.published and len(body.text) < _LEAD else None


def _bare(title: str) -> str:
    """A title without the name of the site and without spaces."""
    return "".join(_strip_suffix(" ".join(title.split()), [], least=2).split())


def _css_text(tree: html.HtmlElement, css: str) -> str:
    found = tree.cssselect(css) if css else []
    return " ".join(news_body.text_of(found[0]).split()) if found else ""


def _title(tree: html.HtmlElement, declared: news_meta.Declared, rule: Rule) -> str:
    if ruled := _css_text(tree, rule.title):
        return ruled
    head = " ".join((tree.findtext(".//title") or "").split())
    headings = [" ".join(node.text_content().split()) for node in tree.iter("h1")]
    named = [text for text in headings if len(text) >= 4 and text[:12] in head]
    if named:
        return max(named, key=len)
    if declared.title:
        return _strip_suffix(" ".join(declared.title.split()), headings)
    if len(_bare(head)) < _SHORTEST_HEADLINE and (found := _lesser_heading(tree, _bare(head))):
        return found  # the window shows the name of the section only
    return _strip_suffix(head, headings) or next((text for text in headings if text), "")


def _lesser_heading(tree: html.HtmlElement, section: str) -> str:
    """The first heading below h1 that is long enough for a headline and is no trail of crumbs to the section."""
    texts = (" ".join(node.text_content().split()) for node in tree.iter("h2", "h3", "h4", "h5"))
    return next((text for text in texts if len(text) > _SHORTEST_HEADLINE and (not section or section not in text)), "")


def _strip_suffix(head: str, headings: list[str], least: int = 8) -> str:
    """A window title without the name of the site behind it."""
    if head in headings:
        return head
    while (shorter := _SUFFIX.sub("", head)) != head and len(shorter) >= least:
        head = shorter
    return head


def _near_title(visible: str, title: str) -> str:
    """The lines below the title, where sites put time, source and author."""
    at = visible.find(title) if title else -1
    return visible[at + len(title) : at + len(title) + 800] if at >= 0 else visible[:2500]


def _publisher(
    tree: html.HtmlElement, declared: news_meta.Declared, rule: Rule, near: str, body: news_body.Body
) -> str:
    if ruled := _css_text(tree, rule.publisher):
        found = _SOURCE_LINE.search(ruled)
        return found.group(1) if found else ruled
    for text in (near, *body.about):
        if found := _SOURCE_LINE.search(text):
            return found.group(1)
    return declared.publisher


def _author(declared: news_meta.Declared, near: str, body: news_body.Body) -> str:
    # Templates leave "name, email@…" in the tag.
    if declared.author and not declared.author.startswith("http") and "@" not in declared.author:
        return declared.author
    found = _AUTHOR_LINE.search(near) or next((m for line in body.about if (m := _AUTHOR_LINE.search(line))), None)
    return found.group(1) if found else ""
