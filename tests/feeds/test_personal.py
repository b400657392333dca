"""Personal data is taken out of free text, and figures that are none stay. Numbers are made up."""

import json

import pytest

from data_sources.feeds.personal import masked, masked_message


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("โทร 081-234-5678 ครับ", "โทร *** ครับ"),
        ("๐๘๑ ๒๓๔ ๕๖๗๘", "***"),
        ("สำนักงาน 043-221424", "สำนักงาน ***"),
        ("+66 81 234 5678", "***"),
        ("0812345678/0898765432", "***/***"),
        ("เลขบัตร 1-2345-67890-12-3", "เลขบัตร ***"),
        ("1234567890123", "***"),
        ("ติดต่อ somebody.x@mail.example.org ด่วน", "ติดต่อ *** ด่วน"),
        ("ไลน์ไอดี: somebody99", "ไลน์ไอดี: ***"),
        ("Line ID @somebody", "Line ID ***"),
    ],
)
def test_what_tells_who_wrote_it_is_masked(written: str, kept: str) -> None:
    assert masked(written) == (kept, True)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "หลุมลึก 20 ซม. ยาว 0.5 ม.",
        "บ้านเลขที่ 025 หมู่ 2 ซอย 11",
        "16.4321098765 102.8345678901",
        "2026-08-10 09:12:00",
        "ทะเบียน กข 1234 ขอนแก่น",
        "แจ้งวันที่ 10/08/2569 เวลา 07.30",
        "online idea",
    ],
)
def test_other_words_and_figures_stay(written: str) -> None:
    assert masked(written) == (written, False)


@pytest.mark.parametrize("readable", [True, False])
def test_message_of_json_is_masked_however_its_letters_are_written(readable: bool) -> None:
    """Thai has no spaces: escaped, the letter before a number ends in digits of its own."""
    written = "โทร0812345678 \U0001f6000812345678 ๐๘๑๒๓๔๕๖๗๘ ไลน์ไอดี: somebody99"
    message = masked_message(json.dumps({"comment": written, "path": "c:\\u0e01"}, ensure_ascii=not readable))
    assert json.loads(message) == {
        "comment": "โทร*** \U0001f600*** *** ไลน์ไอดี: ***",
        "path": "c:\\u0e01",
    }


def test_half_of_a_surrogate_pair_beside_a_number_can_still_be_sent() -> None:
    message = masked_message('{"comment": "\\ud800 081-234-5678"}')
    assert message.encode() == b'{"comment": "\\ud800 ***"}'


@pytest.mark.timeout(20)
@pytest.mark.parametrize("hostile", ['"\\', "1", "0812345678 "])
def test_hostile_message_is_masked_in_a_time_that_grows_with_its_length(hostile: str) -> None:
    masked_message(hostile * 100_000)
