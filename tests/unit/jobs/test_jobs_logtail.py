from pathlib import Path

from labelbridge.jobs import LogTail


def test_the_log_is_read_on(tmp_path: Path) -> None:
    file = tmp_path / "stdout.log"
    tail = LogTail(file)
    assert not tail.read()
    file.write_bytes("first\nhalf a µ".encode()[:-1])
    assert tail.read()
    assert tail.text == "first\nhalf a "
    with file.open("ab") as log:
        log.write("µ\n".encode()[1:])
    assert tail.read()
    assert tail.text == "first\nhalf a µ\n"
    assert not tail.read()


def test_only_whole_lines_of_the_end_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "stdout.log"
    lines = [f"line {number}" for number in range(1_000)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tail = LogTail(file, 200)
    tail.read()
    kept = tail.text.splitlines()
    assert kept == lines[-len(kept) :]
    assert 150 < len(tail.text) <= 200
    with file.open("a", encoding="utf-8") as log:
        log.write("the last\n")
    tail.read()
    assert tail.text.endswith("line 999\nthe last\n")
    assert tail.text.startswith("line 9")
    assert len(tail.text) <= 200


def test_a_log_that_was_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "stdout.log"
    file.write_text("of the first run\n", encoding="utf-8")
    tail = LogTail(file)
    tail.read()
    file.write_text("new\n", encoding="utf-8")
    tail.read()
    assert tail.text == "new\n"


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "stdout.log"
    file.write_bytes(b"\xff\xfe\r\nline\r\n")
    tail = LogTail(file)
    tail.read()
    assert tail.text.splitlines()[-1] == "line"
