"""Oracles: what is in the folder before and after."""

import os
import stat

import pytest

from skdigits.files.whole_files import write_whole


def test_a_file_is_written_and_written_over(tmp_path):
    for content in (b"one", b"and another"):
        write_whole(tmp_path / "file", content)
        assert (tmp_path / "file").read_bytes() == content
        assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_stood_there_stays_when_writing_fails(tmp_path, monkeypatch, call, error):
    path = tmp_path / "file"
    path.write_bytes(b"good")

    def fail(*args):
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)) as told:
        write_whole(path, b"half")
    assert path.read_bytes() == b"good"
    assert os.listdir(tmp_path) == ["file"]
    if isinstance(error, OSError):
        assert told.value.filename == str(path)
        assert told.value.errno == 28


def test_a_missing_folder_is_named_by_the_users_path(tmp_path):
    path = tmp_path / "gone" / "file"
    with pytest.raises(FileNotFoundError) as told:
        write_whole(path, b"x")
    assert told.value.filename == str(path)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OSError, match=str(tmp_path)):
        write_whole(tmp_path, b"x")


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_permissions_links_and_devices_stay(tmp_path):
    path, link, pipe = (tmp_path / name for name in ("file", "link", "pipe"))
    umask = os.umask(0o027)
    try:
        write_whole(path, b"one")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    link.symlink_to(path)
    write_whole(link, b"two")
    assert link.is_symlink()
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"three")
    assert os.read(reader, 10) == b"three"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"good")
    monkeypatch.setattr(os, "access", lambda *args: False)  # root may write everything
    with pytest.raises(PermissionError, match="file"):
        write_whole(path, b"x")
    assert path.read_bytes() == b"good"
