"""Whom the bank speaks to: media, opinion leaders, regulators. Organisations and desks, never people's numbers.

A number or a name of a person is refused, not masked: such a list would be a list of persons. The bank's own address
book holds those; here stands only where to look there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict, InputError
from yuqing.domain.incident import CONTACT_KIND, Contact, ContactKind
from yuqing.domain.ports import StateStore
from yuqing.incidents.checker import Mask
from yuqing.incidents.desk import ALL, Audit, person

_LENGTHS: Mapping[str, int] = {"名称": 60, "部门或岗位": 60, "通讯录编号": 60, "备注": 200}


@dataclass(frozen=True)
class ContactBook:
    """The contacts. `mask` finds what is a person's."""

    state: StateStore
    audit: Audit
    mask: Mask

    def every(self) -> list[Contact]:
        """All of them, by kind and name."""
        found = [from_json(Contact, document.body) for document in self.state.find(CONTACT_KIND, None, ALL)]
        return sorted(found, key=lambda each: (list(ContactKind).index(each.kind), each.name))

    def add(
        self, kind: ContactKind, name: str, by: str, *, desk: str = "", reference: str = "", note: str = ""
    ) -> Contact:
        """A new one. Raises InputError for personal data, for one that exists, and for a name that is missing."""
        who = person(by)
        told = {"名称": name, "部门或岗位": desk, "通讯录编号": reference, "备注": note}
        texts = [self._clean(text, what) for what, text in told.items()]
        if not texts[0]:
            raise InputError("请填写单位或账号名称")
        mark = sha256(f"{kind.value}|{texts[0]}|{texts[1]}".encode()).hexdigest()[:10]
        made = Contact(f"c-{mark}", kind, *texts)
        if self.state.load(CONTACT_KIND, made.id) is not None:
            raise InputError(f"联系人“{made.name}”已在名单中")
        self.audit(who, "incident.contact.add", made.id, {"name": made.name})
        try:
            self.state.save(CONTACT_KIND, made.id, to_json(made), expected_version=0)
        except Conflict:
            raise InputError(f"联系人“{made.name}”已在名单中") from None
        return made

    def remove(self, contact_id: str, by: str) -> bool:
        """Take one off the list; False where it was not on it. What was said to it stays in the files."""
        if self.state.load(CONTACT_KIND, contact_id) is None:
            return False
        self.audit(person(by), "incident.contact.remove", contact_id, {})
        return self.state.delete(CONTACT_KIND, contact_id)

    def _clean(self, text: str, what: str) -> str:
        found = " ".join(text.split())
        if self.mask(found) != found:
            raise InputError(
                f"{what}里有个人信息（姓名、电话、邮箱等）：名单只记单位与岗位，号码放在本行通讯录，这里写编号"
            )
        if len(found) > _LENGTHS[what]:
            raise InputError(f"{what}最多 {_LENGTHS[what]} 个字")
        return found
