"""The settings file: what is written is read again, what is wrong is named, and what a person wrote stays."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.session import KeptIn, Way
from m365backup_tui.domain.settings import DEFAULT_PORT, NetworkSettings, Settings, SignInSettings
from m365backup_tui.settings_file import NAME, read_settings, write_sign_in

APP = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
SIGN_IN = st.builds(
    SignInSettings,
    way=st.none() | st.sampled_from(Way),
    port=st.just(0) | st.integers(1024, 65535),
    keep=st.none() | st.sampled_from(KeptIn),
    graph_application=st.just("") | st.uuids().map(str),
    azure_application=st.sampled_from(["", "az"]) | st.uuids().map(str),
    tenant=st.just("") | st.uuids().map(str),
)
PLACES = st.sampled_from(["global", "practice"])
HAND = """# mine
[network]
proxy = "http://proxy.contoso.com:8080"  # ask Jo before you change this

[elsewhere.sign_in]  # a cloud that this version does not know
colour = "blue"

[global.sign_in]
# the admins of Lyon use this
way = "browser"
port = 9000
"""
# No scratch folder a run: hypothesis uses one folder for all, and each run clears the file first.
ONE_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def put(folder: Path, text: str) -> Path:
    path = folder / NAME
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_everything_is_as_usual(tmp_path: Path) -> None:
    assert read_settings(tmp_path, "global") == Settings()
    assert list(tmp_path.iterdir()) == [], "reading makes nothing"


@given(one=SIGN_IN, other=SIGN_IN, place=PLACES)
@ONE_FOLDER
def test_what_is_written_is_read_again(
    tmp_path: Path, one: SignInSettings, other: SignInSettings, place: str
) -> None:
    (tmp_path / NAME).unlink(missing_ok=True)
    elsewhere = "practice" if place == "global" else "global"
    write_sign_in(tmp_path, place, one)
    write_sign_in(tmp_path, elsewhere, other)
    assert read_settings(tmp_path, place).sign_in == one
    assert read_settings(tmp_path, elsewhere).sign_in == other
    write_sign_in(tmp_path, place, other)
    assert read_settings(tmp_path, place).sign_in == other, "what is not chosen any more is gone"
    assert read_settings(tmp_path, elsewhere).sign_in == other


@given(chosen=SIGN_IN)
@ONE_FOLDER
def test_what_a_person_wrote_stays(tmp_path: Path, chosen: SignInSettings) -> None:
    path = put(tmp_path, HAND)
    write_sign_in(tmp_path, "global", chosen)
    text = path.read_text(encoding="utf-8")
    for words in (
        "# mine",
        "# ask Jo before you change this",
        "[elsewhere.sign_in]  # a cloud",
        'colour = "blue"',
        "# the admins of Lyon use this",
    ):
        assert words in text
    found = read_settings(tmp_path, "global")
    assert found == Settings(NetworkSettings(proxy="http://proxy.contoso.com:8080"), chosen)
    assert read_settings(tmp_path, "practice").sign_in == SignInSettings()


@given(text=st.text() | st.text(alphabet='abc=.[]"\n#{}, 1'))
@ONE_FOLDER
def test_any_text_is_read_or_named_as_broken(tmp_path: Path, text: str) -> None:
    path = tmp_path / NAME
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for act in (
        lambda: read_settings(tmp_path, "global"),
        lambda: write_sign_in(tmp_path, "global", SignInSettings(way=Way.CODE)),
    ):
        told = [str(path)]
        try:
            act()
        except Broken as error:
            told.append(error.what)
        assert str(path) in told[-1]


def test_a_change_by_hand_between_two_writes_is_not_lost(tmp_path: Path) -> None:
    write_sign_in(tmp_path, "global", SignInSettings(way=Way.CODE))
    path = tmp_path / NAME
    by_hand = path.read_text() + '\n[network]\nca = "system"\n'
    put(tmp_path, by_hand)
    write_sign_in(tmp_path, "global", SignInSettings(way=Way.BROWSER, port=9000))
    assert read_settings(tmp_path, "global") == Settings(
        NetworkSettings(ca="system"), SignInSettings(way=Way.BROWSER, port=9000)
    )


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        ("[network]\nproxy = 3", "[network] proxy", "text in quotation marks"),
        ('[network]\nproxy = "proxy:8080"', "[network] proxy", "environment, none, or an address"),
        ('[network]\nproxy = "http://"', "[network] proxy", "environment, none, or an address"),
        ('[network]\nproxy = "http://x:99999"', "[network] proxy", "an address such as"),
        ('[network]\nproxy = "http://me:pw@x:1"', "[network] proxy", "a password has no place"),
        ("[network]\nno_proxy = []", "[network] no_proxy", "text in quotation marks"),
        ("[network]\nca = true", "[network] ca", "text in quotation marks"),
        ('[network]\nproxxy = "none"', "[network] proxxy", "it has proxy, no_proxy, ca"),
        ('[network]\nca = ""', "[network] ca", "environment, system, certifi, or the path"),
        ('[netwrok]\nproxy = "none"', "[netwrok]", "[network] is"),
        ('[Global.sign_in]\nway = "code"', "[Global]", "[global] is"),
        ('[globl.sign_in]\nway = "code"', "[globl]", "[global] is"),
        ('[global.signin]\nway = "code"', "[global.signin]", "[global.sign_in] is"),
        ('proxy = "none"', "proxy", "under a heading such as [network]"),
        ('[global]\nway = "code"', "global.way", "under a heading such as [global.sign_in]"),
        ("network = 1", "[network]", "has to be a table"),
        ("global = 1", "[global]", "has to be a table"),
        ("[global]\nsign_in = 1", "[global.sign_in]", "has to be a table"),
        ("[[global]]\na = 1", "[global]", "has to be a table"),
        ('[global.sign_in]\nway = "password"', "[global.sign_in] way", "one of code, browser"),
        ("[global.sign_in]\nway = []", "[global.sign_in] way", "one of code, browser"),
        ("[global.sign_in]\nport = 80", "[global.sign_in] port", "from 1024 to 65535, or 0"),
        ("[global.sign_in]\nport = true", "[global.sign_in] port", "from 1024 to 65535, or 0"),
        ('[global.sign_in]\nport = "8400"', "[global.sign_in] port", "from 1024 to 65535"),
        ('[global.sign_in]\nkeep = "file"', "[global.sign_in] keep", "keyring, until-logout"),
        ('[global.sign_in]\ngraph_application = "az"', "graph_application", "the client id"),
        ("[global.sign_in]\nazure_application = 1", "azure_application", "the client id"),
        ('[global.sign_in]\ntenant = "contoso"', "[global.sign_in] tenant", "id of a tenant"),
        ("[global.sign_in]\nsecret = 1", "[global.sign_in] secret", "not known; it has way"),
    ],
)
def test_every_wrong_field_is_named_with_its_rule(
    tmp_path: Path, text: str, field: str, rule: str
) -> None:
    path = put(tmp_path, text)
    with pytest.raises(Broken) as caught:
        read_settings(tmp_path, "global")
    assert str(path) in caught.value.what
    assert field in caught.value.what
    assert rule in caught.value.what
    assert "me:pw" not in caught.value.what, "a password is not repeated"


def test_all_that_is_wrong_is_named_at_once_and_other_clouds_are_not_judged(tmp_path: Path) -> None:
    put(tmp_path, '[global.sign_in]\nway = "x"\nport = 1\n[practice.sign_in]\nkeep = "y"\n')
    with pytest.raises(Broken) as caught:
        read_settings(tmp_path, "global")
    assert "way" in caught.value.what
    assert "port" in caught.value.what
    assert "keep" not in caught.value.what


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"way = = 1", "not valid TOML at line 1"),
        (b"a = 1\na = 2", "not valid TOML"),
        (b"[" * 5000, "not valid TOML"),
    ],
)
def test_what_is_no_settings_file_is_said(tmp_path: Path, raw: bytes, words: str) -> None:
    (tmp_path / NAME).write_bytes(raw)
    for act in (
        lambda: read_settings(tmp_path, "global"),
        lambda: write_sign_in(tmp_path, "global", SignInSettings(way=Way.CODE)),
    ):
        with pytest.raises(Broken, match=words):
            act()
    assert (tmp_path / NAME).read_bytes() == raw, "a file that cannot be read is not written over"


@pytest.mark.parametrize("table", ["global = 1", "[global]\nsign_in = 1"])
def test_a_table_that_was_spoiled_by_hand_is_not_written_over(tmp_path: Path, table: str) -> None:
    path = put(tmp_path, table)
    with pytest.raises(Broken, match="cannot be written"):
        write_sign_in(tmp_path, "global", SignInSettings(way=Way.CODE))
    assert path.read_text() == table


@pytest.mark.parametrize(
    "text",
    [
        'global = {sign_in = {way = "code", port = 9000}}',
        'global.sign_in.way = "code"\nglobal.sign_in.port = 9000',
        '[global.sign_in]\nway = "code"\nport = 9000\n[network]\nca = "system"\n[global.other]\na = 1',
        '[global]\n[global.sign_in]\nway = "code"\nport = 9000',
        '\ufeff[global.sign_in]\r\nway = "code"\r\nport = 9000\r\n',
    ],
)
def test_every_way_of_writing_the_same_is_read_and_changed(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_bytes(text.encode())
    found = read_settings(tmp_path, "global").sign_in
    assert found == SignInSettings(way=Way.CODE, port=9000)
    wanted = replace(found, way=Way.BROWSER, port=DEFAULT_PORT, azure_application="az")
    write_sign_in(tmp_path, "global", wanted)
    assert read_settings(tmp_path, "global").sign_in == wanted


def test_values_are_plain_ones(tmp_path: Path) -> None:
    put(tmp_path, f'[global.sign_in]\nazure_application = "az"\ngraph_application = "{APP}"')
    found = read_settings(tmp_path, "global").sign_in
    kinds: set[Any] = {type(found.azure_application), type(found.graph_application)}
    assert kinds == {str}, "not the TOML library's own"


def test_the_file_is_for_this_user_alone_and_replaced_in_one_step(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    write_sign_in(folder, "global", SignInSettings(way=Way.CODE))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    path = folder / NAME
    path.chmod(0o644)
    write_sign_in(folder, "global", SignInSettings(way=Way.BROWSER))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in folder.iterdir()] == [NAME], "nothing is left beside it"


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sign_in(tmp_path, "global", SignInSettings(way=Way.CODE))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_sign_in(tmp_path, "global", SignInSettings(way=Way.BROWSER))
    assert read_settings(tmp_path, "global").sign_in.way is Way.CODE
    assert [one.name for one in tmp_path.iterdir()] == [NAME]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = put(tmp_path, "# kept elsewhere\n").rename(tmp_path / "mine.toml")
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / NAME).symlink_to(real)
    write_sign_in(folder, "global", SignInSettings(way=Way.CODE))
    assert (folder / NAME).is_symlink()
    assert "# kept elsewhere" in real.read_text()
    assert read_settings(folder, "global").sign_in.way is Way.CODE
