from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.io.absenttable import read_absent_table


def table(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "image,absent\na.tif,myelin\nsub-1.x,axon myelin\nb.ome.tif,\n"),
        ("t.csv", '\ufeffImage,Absent,Why\r\na,myelin,control\r\nsub-1.x,"axon, myelin"\r\n\r\nb,,\r\n'),
        ("t.csv", "absent;image\nmyelin;a.png\naxon myelin;sub-1.x\n;b\n"),
        ("T.TSV", "image\tabsent\nmicr/a.png\tmyelin\nsub-1.x\taxon, myelin\nb\t\n"),
        ("t.csv", "image,absent\na,myelin\nsub-1.x,axon\nsub-1.x,myelin\nsub-1.x,axon\nb\n"),
    ],
)
def test_what_people_write_is_read(name: str, text: str, tmp_path: Path) -> None:
    assert read_absent_table(table(tmp_path, text, name)) == {
        "a": ("myelin",),
        "sub-1.x": ("axon", "myelin"),
        "b": (),
    }


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "got an empty file"),
        ("file,class\na,myelin\n", "got 'file', 'class'"),
        ("image,absent\n" + "a" * 200_000 + ",b\n", "field larger than field limit"),
    ],
)
def test_what_is_no_such_table_is_told(text: str, got: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"table.csv: .*{got}.*expected the columns 'image' and 'absent'"):
        read_absent_table(table(tmp_path, text))


def test_what_is_no_text_or_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00image")
    with pytest.raises(InputError, match="it is not UTF-8"):
        read_absent_table(tmp_path / "binary.csv")
    with pytest.raises(InputError, match="No such file"):
        read_absent_table(tmp_path / "gone.csv")
