"""Errors a user can mend, told by scripts as the command line tells them."""

import pytest

from mtfas.errors import BadSetting, chosen_names, in_one_sentence


def test_a_script_ends_with_the_sentence_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    @in_one_sentence()
    def main() -> None:
        raise BadSetting("nothing is called so; give another name.")

    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert capsys.readouterr() == ("", "nothing is called so; give another name.\n")


def test_faults_of_the_program_keep_their_traceback() -> None:
    @in_one_sentence()
    def main() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()


def test_chosen_names_are_known_and_at_least_one() -> None:
    rows = ["binary map", "meta-teacher, eq13"]
    assert chosen_names(" meta-teacher, eq13 ;;binary map", "row", rows) == rows[::-1]
    with pytest.raises(BadSetting, match="unknown row 'binary'; did you mean 'binary map'"):
        chosen_names("binary", "row", rows)
    with pytest.raises(BadSetting, match="no row is named"):
        chosen_names(" ; ", "row", rows)
