"""What the log shows of a site that breaks: host and path, not what a request was signed with or whom it asked for."""

import re

import pytest

from tests.integration.crawlers.support import Bench, douyin

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("outcome", ["5xx", "reset"])
def test_requests_that_were_given_up_are_logged_without_their_questions(bench: Bench, outcome: str) -> None:
    """Scrapy tells the whole address when its tries are used up, a signature of the operator's signer included."""
    bench.sim.fault("douyin", outcome, times=-1)
    answer = bench.crawl(douyin(signer="tests.integration.crawlers.signing:make", retries=1))
    assert {row["status"] for row in answer.coverage} == {"transport"}
    given_up = [line for line in answer.log.splitlines() if "Gave up retrying" in line]
    assert any(f"{bench.sim.url}/douyin/aweme" in line for line in given_up)
    assert re.findall(r"https?://\S*\?", answer.log) == []
    assert not any(name in answer.log for name in ("Bogus", "a_bogus", "msToken", "%E4%BA%91%E6%B1%9F"))
