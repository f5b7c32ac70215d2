"""Settings: errors name the variable, or the file and the line; secrets stay secret."""

from pathlib import Path

import pytest

from alerts.channels.webhook import WebhookChannel
from config.loader import load_model, load_yaml
from config.models import SHIPPED, SourcesFile, SubjectsFile, TopicsFile
from config.settings import SECRETS, Settings, known_variables, load_settings
from yuqing.bootstrap import open_app
from yuqing.domain.alert import Message
from yuqing.domain.errors import ChannelError, ConfigError

SECRET = "s3cret-value"


def write(path: Path, text: str) -> Path:
    """A file with this text."""
    path.write_text(text, encoding="utf-8")
    return path


def test_environment_beats_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over yuqing.yml, which wins over the default."""
    write(tmp_path / "yuqing.yml", "retention_days: 30\nbackfill_days: 3\n")
    monkeypatch.setenv("YQ_CONFIG", str(tmp_path))
    monkeypatch.setenv("YQ_RETENTION_DAYS", "90")
    settings = load_settings()
    assert (settings.retention_days, settings.backfill_days, settings.overlap_minutes) == (90, 3, 120)


def test_every_yaml_key_has_its_variable() -> None:
    """Each setting can be given in the environment, each secret as a file too."""
    assert {f"YQ_{name.upper()}" for name in Settings.model_fields} <= known_variables()
    assert {f"YQ_{name.upper()}_FILE" for name in SECRETS} <= known_variables()
    assert {"weibo_cookie", "douyin_cookie", "smtp_password", "pseudonym_key", "webhook_url"} <= SECRETS


def test_private_webhooks_can_be_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting reaches the channel; by default a webhook of the bank's own network is allowed."""
    write(tmp_path / "subjects.yml", (SHIPPED / "subjects.yml").read_text(encoding="utf-8"))
    for name in ("sources.yml", "topics.yml"):
        write(tmp_path / name, (SHIPPED / name).read_text(encoding="utf-8"))
    routes = "routes: [{receivers: [robot]}]\nreceivers: [{id: robot, channel: webhook}]\n"
    write(tmp_path / "routes.yml", routes)
    monkeypatch.setenv("YQ_CONFIG", str(tmp_path))
    monkeypatch.setenv("YQ_WEBHOOK_URL", "https://10.1.2.3/hook")
    assert not _robot().public_only
    monkeypatch.setenv("YQ_WEBHOOK_PUBLIC_ONLY", "true")
    with pytest.raises(ChannelError, match="内网地址"):
        _robot().send(Message("s", "t", "key"))


def _robot() -> WebhookChannel:
    with open_app(load_settings()) as app:
        channel = app.channels["robot"]
    assert isinstance(channel, WebhookChannel)
    return channel


def test_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in a variable's name is told, not ignored."""
    monkeypatch.setenv("YQ_STOER", "sqlite")
    with pytest.raises(ConfigError, match="YQ_STOER"):
        load_settings()


def test_bad_value_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that does not fit names its variable."""
    monkeypatch.setenv("YQ_STORE", "mysql")
    with pytest.raises(ConfigError, match="YQ_STORE"):
        load_settings()


def test_unknown_yaml_key_names_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in yuqing.yml names file and line."""
    path = write(tmp_path / "yuqing.yml", "store: sqlite\nretenton_days: 9\n")
    monkeypatch.setenv("YQ_CONFIG", str(tmp_path))
    with pytest.raises(ConfigError, match=rf"{path}:2"):
        load_settings()


def test_secret_from_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret can be kept in a file; it shows neither in repr nor in str."""
    monkeypatch.setenv("YQ_SMTP_PASSWORD_FILE", str(write(tmp_path / "password", f"{SECRET}\n")))
    settings = load_settings()
    assert settings.smtp_password is not None
    assert settings.smtp_password.get_secret_value() == SECRET
    assert SECRET not in f"{settings!r} {settings}"


@pytest.mark.parametrize("content", [None, "", "  \n"])
def test_missing_or_empty_secret_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    """A secret file that is missing or empty is an error that names the variable and the file."""
    path = tmp_path / "password"
    if content is not None:
        write(path, content)
    monkeypatch.setenv("YQ_SMTP_PASSWORD_FILE", str(path))
    with pytest.raises(ConfigError, match=f"YQ_SMTP_PASSWORD_FILE.*{path}"):
        load_settings()


def test_errors_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong setting beside a secret does not print the secret."""
    monkeypatch.setenv("YQ_WEIBO_COOKIE", SECRET)
    monkeypatch.setenv("YQ_SMTP_PORT", "many")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("subjects: [", 1, "YAML"),
        ("subjects:\n  - id: a\n    id: b\n", 3, "重复"),
        ("subjects:\n  - id: a\n    name: 甲\n    kind: brand\n    aliases: [甲]\n    colour: red\n", 6, "colour"),
        ("subjects:\n  - id: a\n    name: 甲\n    kind: brand\n", 2, "aliases"),
        ("subjects:\n  - id: a\n    name: 甲\n    kind: bank\n    aliases: [甲]\n", 4, "kind"),
        ("subjects:\n  - id: a\n    name: 甲\n    kind: brand\n    aliases: [甲]\n    query: (甲\n", 6, "查询"),
        ("", 1, "subjects"),
    ],
)
def test_broken_subjects_name_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    """Every mistake in subjects.yml is told with file and line."""
    path = write(tmp_path / "subjects.yml", text)
    with pytest.raises(ConfigError) as caught:
        load_model(path, SubjectsFile)
    assert f"{path}:{line}" in str(caught.value)
    assert says in str(caught.value)


def test_wrong_encoding_names_the_line(tmp_path: Path) -> None:
    """A GBK file is told with the line of its first foreign byte."""
    path = tmp_path / "subjects.yml"
    path.write_bytes("# ok\nname: 云江银行\n".encode("gb18030"))
    with pytest.raises(ConfigError, match=rf"{path}:2.*UTF-8"):
        load_yaml(path)


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A settings file that is not there is named."""
    with pytest.raises(ConfigError, match=r"nowhere\.yml"):
        load_yaml(tmp_path / "nowhere.yml")


def test_web_source_needs_a_responsible_person(tmp_path: Path) -> None:
    """Platform pages stay off until a named person has accepted the terms."""
    entry = "sources:\n  - {id: w, kind: weibo, name: 微博, backend: web, legal_basis: 公开, enabled: true}\n"
    with pytest.raises(ConfigError, match="accepted_terms_by"):
        load_model(write(tmp_path / "sources.yml", entry), SourcesFile)


def test_shipped_example_is_valid() -> None:
    """The shipped settings load: three banks, one campaign, one executive, sixteen topics."""
    subjects = [entry.domain() for entry in load_model(SHIPPED / "subjects.yml", SubjectsFile).subjects]
    kinds = [subject.kind.value for subject in subjects]
    assert kinds.count("brand") + kinds.count("competitor") == 3
    assert (kinds.count("campaign"), kinds.count("person")) == (1, 1)
    assert len(load_model(SHIPPED / "topics.yml", TopicsFile).topics) == 16
    sources = load_model(SHIPPED / "sources.yml", SourcesFile).sources
    assert not [source.id for source in sources if source.enabled and source.backend.value == "web"]
