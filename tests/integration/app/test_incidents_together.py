"""Several people and processes at once, on the store of a real installation: nothing is lost, nothing is doubled."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.unit.incidents.world import NOW, Bank
from yuqing.audit import AuditTrail
from yuqing.incidents.joining import JoinSummary
from yuqing.incidents.office import Office

PEOPLE, NOTES = 4, 5


def test_what_four_people_note_at_once_is_all_there(tmp_path: Path) -> None:
    """Each line once on the timeline and once in the audit trail, whose chain holds."""
    bank, path = Bank(), tmp_path / "yuqing.db"

    def office(state: SqliteStateStore) -> Office:
        bank.state = state  # type: ignore[assignment]
        return Office(bank)

    with closing(SqliteStateStore(path)) as state:
        shared = office(state)
        made = shared.book.open("手机银行登录异常", "yunjiang", "甲")

        def work(person: int) -> None:
            for number in range(NOTES):
                shared.actions.note(made.id, f"{person} 的第 {number} 条", f"第 {person} 人")

        with ThreadPoolExecutor(PEOPLE) as pool:
            list(pool.map(work, range(PEOPLE)))
        texts = [entry.text for entry in shared.book.get(made.id).entries[1:]]
        assert sorted(texts) == sorted(f"{person} 的第 {n} 条" for person in range(PEOPLE) for n in range(NOTES))
        assert len(state.find("audit")) == 1 + PEOPLE * NOTES
        assert AuditTrail(state, bank.clock).verify() == []


def test_processes_that_look_at_once_open_one_incident(tmp_path: Path) -> None:
    """Two alerts of one event, four lookers: one incident with both, however they meet."""
    bank, path = Bank(), tmp_path / "yuqing.db"
    with closing(SqliteMentionStore(path, bank.clock)) as mentions, closing(SqliteStateStore(path)) as state:
        bank.mentions, bank.state = mentions, state  # type: ignore[assignment]
        bank.alert("spike", 10)
        bank.alert("keyword", 5)
        with ThreadPoolExecutor(PEOPLE) as pool:
            done = list(pool.map(lambda _: Office(bank).joiner().look(), range(PEOPLE)))
        done.append(Office(bank).joiner().look())  # whoever was turned away looks again a minute later
        [made] = Office(bank).book.every()
        assert len(made.alerts) == 2
        assert sum(each.opened for each in done) == 1
        assert done[-1] == JoinSummary()
        assert made.opened_at == NOW
