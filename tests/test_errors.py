"""Errors a user can mend, told by scripts as the command line tells them."""

import pytest

from mtfas.errors import BadSetting, in_one_sentence


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
