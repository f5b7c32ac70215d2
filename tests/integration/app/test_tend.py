"""The commands that tend what was collected, and the metrics, as an operator uses them."""

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from config.models import SHIPPED
from config.settings import load_settings
from crawlers.assertions import Health
from crawlers.model import Reply, Verdict
from crawlers.plan import CrawlPlan, CrawlSummary, SourceTally
from crawlers.raw import RawReplies
from crawlers.sealing import Seal
from tests.fakes import FakeClock
from yuqing.bootstrap import App, open_app
from yuqing.cli.main import app as command_line
from yuqing.crawl_round import crawl_round, refresh_round
from yuqing.crawl_totals import load_totals
from yuqing.crawling import patience
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import ConfigError, CrawlError, InputError
from yuqing.domain.mention import Author, Engagement, Mention, MentionId, MentionKind, Platform
from yuqing.keys import load_or_create_key
from yuqing.locks import exclusive
from yuqing.metrics import serve
from yuqing.scheduler import Runner

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 14, 4, tzinfo=UTC)
NAME = MentionId("weibo:post:5000000000000001")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, the shipped settings and a clock that stands still."""
    for name, value in {"YQ_HOME": str(tmp_path), "YQ_CONFIG": str(SHIPPED), "YQ_NOW": NOW.isoformat()}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def opened() -> App:
    """The product of the settings."""
    return open_app(load_settings())


def run(*arguments: str, code: int = 0, stdin: str | None = None) -> Result:
    """A command that must end with this exit code."""
    done = CliRunner().invoke(command_line, arguments, input=stdin)
    assert done.exit_code == code, done.output
    return done


def store_one(account: str = "1000200030") -> None:
    """A post of one account."""
    with opened() as product:
        author = Author(product.pseudonym_of(f"weibo:{account}"))
        native = NAME.rpartition(":")[2]
        product.mentions.add(
            [
                Mention(
                    Platform.WEIBO, MentionKind.POST, native, "https://w.example", "云江银行", NOW, NOW, author=author
                )
            ]
        )


@pytest.mark.parametrize(("how", "stdin"), [(("--mention", NAME), None), (("--account", "-"), "weibo:1000200030\n")])
def test_a_person_is_forgotten_by_post_or_by_account(how: tuple[str, ...], stdin: str | None) -> None:
    """Both ways lead to the same pseudonym; neither account nor text is in what is said or stored."""
    store_one()
    said = run("forget", *how, "--by", "合规", "--json", stdin=stdin)
    assert json.loads(said.stdout) == {"mentions": 1, "held": 0}
    with opened() as product:
        grave = product.mentions.get([NAME])[NAME]
        assert (grave.mention.text, grave.mention.author.pseudonym) == ("", None)
        kept = json.dumps([dict(doc.body) for kind in ("forgotten", "audit") for doc in product.state.find(kind)])
    assert "1000200030" not in said.output + kept
    run("verify", "audit")


def test_forget_wants_exactly_one_name() -> None:
    """Nothing, two, or an account without its platform is refused, without repeating it."""
    for wrong in ((), ("0" * 32, "--mention", NAME), ("--account", "7654321098")):
        done = CliRunner().invoke(command_line, ["forget", *wrong])
        assert isinstance(done.exception, InputError)
        assert "7654321098" not in str(done.exception)


def test_sources_are_listed_with_their_condition() -> None:
    """Every source of sources.yml as JSON; for people the enabled ones in a line each."""
    rows = [json.loads(line) for line in run("sources", "--json").stdout.splitlines()]
    with opened() as product:
        assert [row["source"] for row in rows] == [source.id for source in product.sources]
    assert {row["condition"] for row in rows} == {"never", "off"}
    lines = run("sources").stdout.splitlines()
    assert len([line for line in lines if "从未采集" in line]) == sum(row["condition"] == "never" for row in rows)


def test_a_silence_is_accepted_by_name_and_written_down(home: Path) -> None:
    """Who said that the zero is right; a source that is not silent, or not ours, needs no such word."""
    with opened() as product:
        name = next(source.id for source in product.sources if source.enabled)
        known = Health(name, NOW, NOW, items=(4, 0, 0), violations=("silent",))
        product.state.save("health", name, to_json(known))
    assert run("sources", "--accept-silence", name, "--by", "李工", "--json").exit_code == 0
    with opened() as product:
        (entry,) = product.state.find("audit")
        found = product.state.load("health", name)
    assert (entry.body["actor"], entry.body["action"], entry.body["target"]) == ("李工", "source.accept_silence", name)
    assert found is not None
    assert found.body["violations"] == []
    for wrong in (name, "unknown"):
        assert isinstance(
            CliRunner().invoke(command_line, ["sources", "--accept-silence", wrong]).exception, InputError
        )


def test_evidence_is_listed_and_shown_and_who_looked_is_written_down(home: Path) -> None:
    """Sealed on disk, readable through the command alone, and each look is in the audit trail."""
    body = "<html>云江银行 改版后的页面</html>".encode()
    seal = Seal(load_or_create_key(home / "crawl.key"))
    raw = RawReplies(home / "raw", "weibo_search", FakeClock(NOW), seal)
    raw.keep(Reply("https://w.example", 200, body), Verdict(Outcome.CHANGED, "no_list"))
    (row,) = [json.loads(line) for line in run("evidence", "list", "--json").stdout.splitlines()]
    assert (row["source"], row["outcome"], row["detail"]) == ("weibo_search", "changed", "no_list")
    assert run("evidence", "list", "--source", "other", "--json").stdout == ""
    assert run("evidence", "show", row["ref"], "--by", "李工").stdout_bytes == body
    with opened() as product:
        (entry,) = product.state.find("audit")
    assert (entry.body["actor"], entry.body["action"], entry.body["target"]) == ("李工", "evidence.show", row["ref"])
    assert isinstance(CliRunner().invoke(command_line, ["evidence", "show", "../crawl.key"]).exception, InputError)


def test_a_refresh_leaves_a_source_alone_that_is_being_crawled(home: Path) -> None:
    """It says so and ends well; afterwards its looks are due, and only sources with something due are held."""
    old = NOW - timedelta(minutes=20)
    with opened() as product:
        first, second, *_ = [source.id for source in product.sources if source.enabled]
        hot = Mention(
            *(Platform.NEWS, MentionKind.ARTICLE, "a1", "https://n.example/a1", "云江银行", old, old),
            engagement=Engagement(500, 0, 0),
            source_id=first,
        )
        product.mentions.add([hot])
        with exclusive(home / "locks", [first]):
            summary = refresh_round(product, lambda plan: pytest.fail("something was fetched"), ())
        assert (summary.due, summary.busy) == (0, (first,))
        assert first in summary.sentence()

        def crawl(plan: CrawlPlan) -> CrawlSummary:
            with (
                exclusive(home / "locks", [second], wait_seconds=0),
                pytest.raises(CrawlError, match=first),
                exclusive(home / "locks", [first], wait_seconds=0),
            ):
                pytest.fail("a crawl beside a refresh")
            assert [look.id for look in (plan.look_ups or {})[first]] == [hot.id]
            assert 0 < plan.max_seconds < patience(product.settings)
            return CrawlSummary({})

        assert refresh_round(product, crawl, ()).due == 1


def test_what_breaks_one_source_leaves_the_accounts_of_the_others(home: Path) -> None:
    """The round is told as broken, and what the others did is counted."""
    with opened() as product:
        first, second, *_ = [source.id for source in product.sources if source.enabled]
        summary = CrawlSummary({first: SourceTally(requests=7)}, {second: CrawlError("no order")})
        with pytest.raises(CrawlError, match="no order"):
            crawl_round(product, lambda plan: summary, (first, second), None, None, None)
        assert {name: totals.requests for name, totals in load_totals(product.state).items()} == {first: 7}


def test_metrics_are_printed_and_served(home: Path) -> None:
    """The same text both ways; a taken port is a clear error, and after the end nobody listens."""
    assert "# TYPE yuqing_crawl_pages_total counter" in run("metrics", "--once").stdout
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with opened() as product:
        stop = serve(product, port, "127.0.0.1")
        try:
            reply = httpx.get(f"http://127.0.0.1:{port}/metrics")
            with pytest.raises(ConfigError, match=str(port)):
                serve(product, port, "127.0.0.1")
        finally:
            stop()
    assert reply.status_code == 200
    assert "yuqing_mentions_stored 0.0" in reply.text
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert isinstance(CliRunner().invoke(command_line, ["metrics"]).exception, InputError)


def test_the_scheduler_refreshes_at_its_own_pace() -> None:
    """Its own job, not at the start, at the interval of the settings."""
    with opened() as product:
        jobs = {job.id: job for job in Runner(product)._scheduler().get_jobs()}
    assert jobs["refresh"].trigger.interval.total_seconds() == 300
    assert jobs["refresh"].next_run_time > jobs["score"].next_run_time
