from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtfas.errors import BadData, BadFile, BadSetting
from mtfas.evaluation.scorerows import NO_SPECIES, ScoreRow
from mtfas.evaluation.scores import SCHEMA, presentations, read_scores, write_scores
from mtfas.types import BONA_FIDE, Direction

HEAD = "presentation,frame,subject,label,species,score\n"
GOOD = HEAD + "a,0,s1,0,bona_fide,0.1\nb,0,s2,1,print,0.9\n"


def put(folder: Path, text: str, name: str = "scores.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, **options):
    return read_scores(put(folder, text), **options)


def test_our_own_file(tmp_path):
    table = read(tmp_path, "# direction: attack_high\n" + GOOD)
    assert table.rows.rows() == [("a", 0, "s1", 0, "bona_fide", 0.1), ("b", 0, "s2", 1, "print", 0.9)]
    assert table.rows.schema == pl.Schema(SCHEMA)
    assert (table.direction, table.warnings) == ("attack_high", ())


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_another_systems_file(tmp_path, mark):
    lines = [
        ["key", "dataset", "label", "pai", "score", "client_id"],
        ["x/1.avi", "oulu", "attack", "print1", "0.7", "9"],
        ["x/2.avi", "oulu", "REAL", "none", "2e-1", ""],
    ]
    table = read(tmp_path, "\ufeff" + "\r\n".join(mark.join(line) for line in lines) + "\r\n\r\n")
    assert table.rows.rows() == [
        ("x/1.avi", 0, "9", 1, "print1", 0.7),
        ("x/2.avi", 0, "unknown", 0, BONA_FIDE, 0.2),
    ]
    assert "higher = attack is assumed" in table.warnings[0]


def test_columns_by_name(tmp_path):
    text = GOOD.replace("score", "p_attack").replace("species", "Instrument")
    table = read(tmp_path, text, columns={"score": "P_attack", "species": "instrument"})
    assert table.rows["score"].to_list() == [0.1, 0.9]


def test_our_name_wins_over_an_alias(tmp_path):
    table = read(tmp_path, "id,presentation,label,species,score\n1,a,0,,0.1\n2,b,1,print,0.9\n")
    assert table.rows["presentation"].to_list() == ["a", "b"]


def test_live_high_scores_are_turned_round(tmp_path):
    for table in (
        read(tmp_path, "# direction: live_high\n" + GOOD),
        read(tmp_path, GOOD, direction="live_high"),
    ):
        assert table.rows["score"].to_list() == [0.9, pytest.approx(0.1)]
        assert "turned round" in table.direction
        assert any("turned round" in warning for warning in table.warnings)


def test_an_empty_score_is_a_non_response(tmp_path):
    live = "a,0,s,0,bona_fide,\na,1,s,0,bona_fide,0.2\na,2,s,0,bona_fide,0.4\n"
    text = HEAD + live + "b,0,t,1,print,\nc,0,t,1,print,1\n"
    rows = presentations(read(tmp_path, text))
    assert rows["presentation"].to_list() == ["a", "b", "c"]
    assert rows["frames"].to_list() == [2, 0, 1]
    assert rows["score"].to_list() == [pytest.approx(0.3), None, 1.0]


def test_scores_of_any_range_are_taken_and_said(tmp_path):
    table = read(tmp_path, GOOD.replace("0.9", "17.5"))
    assert table.rows["score"].max() == 17.5
    assert any("1 scores lie outside [0, 1]" in warning for warning in table.warnings)


def test_subject_and_frame_may_be_missing(tmp_path):
    table = read(tmp_path, "presentation,label,species,score\na,0,none,0.1\nb,1,print,0.9\n")
    assert table.rows.select("frame", "subject").rows() == [(0, "unknown"), (0, "unknown")]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("c,0,s,2,print,0.5", "line 4: label '2' is unknown; write 0 (bona fide) or 1 (attack)"),
        ("c,0,s,1,none,0.5", "line 4: an attack without a species ('none')"),
        ("c,0,s,0,print,0.5", "line 4: a bona fide presentation of species 'print'"),
        ("c,0,s,1,print,nan", "line 4: score nan is not finite"),
        ("c,0,s,1,print,-inf", "line 4: score -inf is not finite"),
        ("c,0,s,1,print,high", "line 4: score 'high' is not a number"),
        ("c,x,s,1,print,0.5", "line 4: frame 'x' is not a whole number"),
        ("c,-1,s,1,print,0.5", "line 4: frame -1 is not in"),
        (",0,s,1,print,0.5", "line 4: the presentation has no name"),
        ("c,0,s,1,print", "line 4: 5 fields where the header has 6"),
        ("a,1,s1,1,print,0.5", "line 4: presentation 'a' has label '1', on line 2 '0'"),
        ("b,1,s2,1,replay,0.5", "line 4: presentation 'b' has species 'replay', on line 3 'print'"),
        ("a,1,s9,0,bona_fide,0.5", "line 4: presentation 'a' has subject 's9', on line 2 's1'"),
        ("b,0,s2,1,print,0.5", "line 4: presentation 'b' frame 0 stands on line 3 already"),
    ],
)
def test_bad_rows_are_named(tmp_path, row, sentence):
    with pytest.raises(BadFile) as caught:
        read(tmp_path, GOOD + row + "\n")
    assert sentence in str(caught.value)


def test_lines_count_from_the_top_of_the_file(tmp_path):
    with pytest.raises(BadFile, match="line 5: score 'x'"):
        read(tmp_path, "# made by hand\n# direction: attack_high\n" + GOOD.replace("0.9", "x"))


def test_all_problems_are_collected_and_the_rest_counted(tmp_path):
    bad = "".join(f"c{i},0,s,7,print,x\n" for i in range(10))
    with pytest.raises(BadFile, match=r"has 20 problems[\s\S]*line 4: label[\s\S]*and 15 more") as caught:
        read(tmp_path, GOOD + bad)
    assert str(caught.value).count("line ") == 5


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        ("", BadFile, "is empty"),
        ("# direction: attack_high\n", BadFile, "is empty"),
        (HEAD, BadFile, "a header but no scores"),
        ("name,label,value\na,0,1\n", BadFile, "no column 'presentation'; no column 'species'; no"),
        (
            "key,file,label,species,score\na,a,0,,1\n",
            BadFile,
            "'key' and 'file' could both be 'presentation'",
        ),
        ("# direction: up\n" + GOOD, BadFile, "direction 'up' is unknown"),
        (HEAD + 'a,0,s1,0,bona_fide,"0.1\n', BadFile, "mend the quotes"),
        (HEAD + "a,0,s1,0,bona_fide,0.1\n", BadData, "bona fide presentations only"),
        (HEAD + "a,0,s1,1,print,0.1\n", BadData, "attack presentations only"),
    ],
)
def test_files_that_are_no_score_files(tmp_path, text, error, sentence):
    with pytest.raises(error, match=sentence):
        read(tmp_path, text)


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(BadFile, match="does not exist"):
        read_scores(tmp_path / "none.csv")
    with pytest.raises(BadFile, match="cannot be read"):
        read_scores(tmp_path)
    (tmp_path / "x.csv").write_bytes(b"presentation\xff\xfe")
    with pytest.raises(BadFile, match="not UTF-8"):
        read_scores(tmp_path / "x.csv")


def test_settings_that_are_wrong(tmp_path):
    with pytest.raises(BadSetting, match="did you mean 'live_high'"):
        read(tmp_path, GOOD, direction="live-high")
    with pytest.raises(BadSetting, match="one of them is wrong"):
        read(tmp_path, "# direction: attack_high\n" + GOOD, direction="live_high")
    with pytest.raises(BadSetting, match="did you mean 'score'"):
        read(tmp_path, GOOD, columns={"scor": "x"})
    with pytest.raises(BadFile, match="no column 'x'"):
        read(tmp_path, GOOD, columns={"score": "x"})


characters = st.characters(codec="utf-8", exclude_characters="\r\n")
names = st.text(characters, min_size=1, max_size=8).filter(lambda text: text == text.strip())
species = names.filter(lambda text: text.lower() not in NO_SPECIES)
values = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def score_rows(draw):
    """Rows of two presentations or more, the first an attack and the second bona fide."""
    rows = []
    for place, name in enumerate(draw(st.lists(names, min_size=2, max_size=8, unique=True))):
        attack = draw(st.booleans()) if place > 1 else place == 0
        subject, kind = draw(names), draw(species) if attack else BONA_FIDE
        for frame in draw(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=3, unique=True)):
            rows.append(ScoreRow(name, frame, subject, int(attack), kind, draw(values)))
    return rows


@given(score_rows())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_what_is_written_is_read_back(tmp_path, rows):
    path = tmp_path / "round.csv"
    write_scores(path, rows, Direction.ATTACK_HIGH)
    table = read_scores(path)
    assert [ScoreRow(**row) for row in table.rows.iter_rows(named=True)] == rows
    write_scores(path, table.rows, Direction.ATTACK_HIGH)
    assert read_scores(path).rows.equals(table.rows)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (ScoreRow("a", 0, "s", 1, "print", float("nan")), "a has score nan; use None"),
        (ScoreRow("a\rb", 0, "s", 1, "print", 0.1), "a line break in a name"),
        (ScoreRow(" a", 0, "s", 1, "print", 0.1), "would be read back as"),
        (ScoreRow("a", 0, "s", 1, BONA_FIDE, 0.1), "an attack without a species"),
        (ScoreRow("a", 0, "s", 3, "print", 0.1), "label '3' is unknown"),
        (ScoreRow("", 0, "s", 1, "print", 0.1), "has no name"),
    ],
)
def test_rows_that_could_not_be_read_back_are_not_written(tmp_path, row, sentence):
    with pytest.raises(BadData, match=sentence):
        write_scores(tmp_path / "x.csv", [row], "attack_high")
    assert not (tmp_path / "x.csv").exists()


def test_nothing_to_write(tmp_path):
    with pytest.raises(BadData, match="no scores"):
        write_scores(tmp_path / "x.csv", [], "attack_high")
    with pytest.raises(BadSetting, match="unknown direction"):
        write_scores(tmp_path / "x.csv", [], "up")


def test_the_written_file_can_be_read_by_a_person(tmp_path):
    row = ScoreRow("clip 1", 3, "anna", 1, "print, glossy", None)
    write_scores(tmp_path / "x.csv", [row], Direction.LIVE_HIGH)
    assert (tmp_path / "x.csv").read_text() == (
        "# direction: live_high\n" + HEAD + 'clip 1,3,anna,1,"print, glossy",\n'
    )
