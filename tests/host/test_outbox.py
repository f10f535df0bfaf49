from tabtalk.outbox import (
    MAX_AUDIO_BYTES,
    MAX_QUESTIONS,
    MAX_SENT_BYTES,
    OVERLAP_BYTES,
    PIECE_BYTES,
    Audio,
    AudioEnd,
    Outbox,
    Piece,
    Question,
    Video,
    Words,
)


def drain(outbox):
    return list(iter(outbox.take, None))


def test_things_leave_in_the_order_in_which_they_came():
    outbox = Outbox()
    outbox.put_video(1, b"jpeg")
    outbox.put_audio(b"aa")
    outbox.put_question("what?")
    outbox.put_audio_end()
    assert drain(outbox) == [Video(1, b"jpeg"), Audio(b"aa"), Question("what?"), AudioEnd()]


def test_of_pictures_only_the_newest_waits():
    outbox = Outbox()
    assert outbox.put_video(1, b"old") is None
    outbox.put_audio(b"aa")
    assert outbox.put_video(2, b"new") == 1
    assert drain(outbox) == [Audio(b"aa"), Video(2, b"new")]


def test_a_question_keeps_the_picture_that_was_sent_with_it():
    outbox = Outbox()
    outbox.put_video(1, b"of the question")
    outbox.put_question("what is this?")
    assert outbox.put_video(2, b"later") is None
    assert outbox.put_video(3, b"latest") == 2
    assert drain(outbox) == [Video(1, b"of the question"), Question("what is this?"), Video(3, b"latest")]


def test_words_keep_the_picture_that_they_are_about():
    outbox = Outbox()
    outbox.put_video(1, b"the part")
    outbox.put_words("that part")
    assert outbox.put_video(2, b"the whole") is None
    assert drain(outbox) == [Video(1, b"the part"), Words("that part"), Video(2, b"the whole")]


def test_newer_words_take_the_place_of_those_that_wait_and_of_their_picture():
    outbox = Outbox()
    outbox.put_video(1, b"of the question")
    outbox.put_question("what is this?")
    for number in range(2, 20):
        outbox.put_video(number, b"a part")
        outbox.put_words(f"part {number}")
    assert drain(outbox) == [
        Video(1, b"of the question"), Question("what is this?"), Video(19, b"a part"), Words("part 19"),
    ]  # fmt: skip


def test_words_that_went_do_not_go_again_once_they_are_known():
    outbox = Outbox()
    outbox.put_words("that part")
    outbox.sent(outbox.take())
    outbox.rewind()
    assert drain(outbox) == [Words("that part")]
    outbox.sent(Words("that part"))
    outbox.known()
    outbox.rewind()
    assert drain(outbox) == []


def test_audio_over_the_bound_drops_its_oldest_and_counts_it():
    outbox = Outbox()
    outbox.put_question("kept")
    outbox.put_audio(b"old!")
    for _ in range(MAX_AUDIO_BYTES // 3200):
        outbox.put_audio(b"x" * 3200)
    assert outbox.dropped_audio_bytes == 4
    left = drain(outbox)
    assert left[0] == Question("kept")
    assert sum(len(item.pcm) for item in left[1:]) == MAX_AUDIO_BYTES


def test_what_left_makes_room():
    outbox = Outbox()
    for _ in range(3):
        outbox.put_audio(b"x" * (MAX_AUDIO_BYTES // 2))
        outbox.take()
    assert outbox.dropped_audio_bytes == 0
    for _ in range(3 * MAX_QUESTIONS):
        assert outbox.put_question("again")
        outbox.take()


def test_too_many_questions_are_refused():
    outbox = Outbox()
    assert all(outbox.put_question(str(number)) for number in range(MAX_QUESTIONS))
    assert not outbox.put_question("one more")
    assert len(outbox) == MAX_QUESTIONS


def test_the_end_of_audio_stands_once():
    outbox = Outbox()
    outbox.put_audio_end()
    outbox.put_audio_end()
    assert drain(outbox) == [AudioEnd()]


def test_what_could_not_be_sent_is_the_first_again():
    outbox = Outbox()
    outbox.put_question("first")
    outbox.put_audio(b"aa")
    outbox.put_back(outbox.take())
    assert drain(outbox) == [Question("first"), Audio(b"aa")]


def test_what_is_put_back_counts_as_before():
    outbox = Outbox()
    for number in range(MAX_QUESTIONS):
        outbox.put_question(str(number))
    outbox.put_back(outbox.take())
    assert not outbox.put_question("one too many")
    outbox = Outbox()
    outbox.put_audio(b"ab" * (MAX_AUDIO_BYTES // 2))
    outbox.put_back(outbox.take())
    outbox.put_audio(b"cd")
    assert drain(outbox) == [Audio(b"cd")]


def test_audio_without_a_sample_takes_no_room():
    outbox = Outbox()
    outbox.put_audio(b"")
    assert len(outbox) == 0


def test_the_end_of_a_press_takes_no_room_and_comes_once():
    outbox = Outbox()
    outbox.put_audio(b"", 1)
    outbox.put_audio(b"ab", 1)
    outbox.put_audio(b"", 2)
    outbox.put_audio(b"", 1)
    outbox.put_audio(b"", 1)
    outbox.put_audio(b"cd", 2)
    assert outbox.audio_bytes == 4
    assert drain(outbox) == [Audio(b"ab", 1), Audio(b"", 1), Audio(b"cd", 2)]


def test_a_press_that_is_over_parts_what_is_said():
    """A handle that comes after it knows of it, but for what was under way."""
    outbox = Outbox()
    for _ in range(100):
        outbox.put_audio(LOUD, 1)
    outbox.put_audio(b"", 1)
    send_all(outbox)
    outbox.known()
    outbox.rewind()
    assert sum(len(item.pcm) for item in drain(outbox)) <= OVERLAP_BYTES


def test_what_goes_again_of_a_press_ends_with_its_end():
    outbox = Outbox()
    for pcm in (QUIET, LOUD, LOUD, b""):
        outbox.put_audio(pcm, 3)
    send_all(outbox)
    outbox.put_audio(LOUD, 4)
    outbox.rewind()
    assert drain(outbox) == [Audio(QUIET, 3), Audio(LOUD, 3), Audio(LOUD, 3), Audio(b"", 3), Audio(LOUD, 4)]


LOUD, QUIET = b"\x00\x20" * 320, b"\x10\x00" * 320


def send_all(outbox):
    for item in drain(outbox):
        outbox.sent(item)


def test_f2_a_question_that_was_not_answered_goes_again_whole():
    outbox = Outbox()
    outbox.put_video(1, b"jpeg")
    outbox.put_audio(LOUD)
    outbox.put_question("what?")
    send_all(outbox)
    outbox.put_audio(LOUD + LOUD)
    assert outbox.rewind()
    assert drain(outbox) == [Video(1, b"jpeg"), Audio(LOUD), Question("what?"), Audio(LOUD + LOUD)]


def test_f2_what_is_being_answered_does_not_go_again():
    outbox = Outbox()
    for pcm in [LOUD] * 50 + [QUIET] * 30:
        outbox.put_audio(pcm)
    outbox.put_question("what?")
    send_all(outbox)
    outbox.answered()
    outbox.put_audio(LOUD)
    send_all(outbox)
    assert outbox.rewind()
    assert drain(outbox) == [Audio(LOUD)]


def test_f2_speech_that_crosses_an_answer_goes_again():
    outbox = Outbox()
    for pcm in [LOUD] * 50 + [QUIET] * 30 + [LOUD] * 20:
        outbox.put_audio(pcm)
    outbox.put_question("what?")
    send_all(outbox)
    outbox.answered()
    outbox.rewind()
    again = drain(outbox)
    assert again[-20:] == [Audio(LOUD)] * 20
    assert len(again) <= 20 + 15


def test_f2_speech_that_the_service_says_is_over_is_what_is_answered():
    outbox = Outbox()
    talking(outbox, 50)
    send_all(outbox)
    outbox.heard_out()
    talking(outbox, 3)
    send_all(outbox)
    outbox.answered()
    outbox.rewind()
    assert drain(outbox) == [Audio(LOUD)] * 3


def test_f2_a_handle_does_not_know_of_a_question_that_waits_for_its_answer():
    outbox = Outbox()
    outbox.put_question("first")
    send_all(outbox)
    outbox.answered()
    outbox.put_video(1, b"jpeg")
    outbox.put_question("second")
    send_all(outbox)
    outbox.known()
    outbox.rewind()
    assert drain(outbox) == [Question("second")]


def test_f2_what_goes_again_goes_once():
    outbox = Outbox()
    outbox.put_audio(LOUD)
    send_all(outbox)
    outbox.rewind()
    drain(outbox)
    assert not outbox.rewind()
    assert drain(outbox) == []


def test_a_handle_settles_all_but_what_is_being_said():
    outbox = Outbox()
    for pcm in [LOUD] * 50 + [QUIET] * 30 + [LOUD] * 10:
        outbox.put_audio(pcm)
    send_all(outbox)
    outbox.known()
    outbox.rewind()
    again = [item.pcm for item in drain(outbox)]
    assert again[-10:] == [LOUD] * 10
    assert len(again) <= 10 + 50 + 15


def test_silence_does_not_go_again_but_for_the_breath_before_a_word():
    outbox = Outbox()
    for pcm in [QUIET] * 500 + [LOUD] * 3 + [QUIET] * 20:
        outbox.put_audio(pcm)
    send_all(outbox)
    assert outbox.rewind()
    again = [item.pcm for item in drain(outbox)]
    assert again == [QUIET] * 15 + [LOUD] * 3 + [QUIET] * 20


def test_silence_alone_does_not_go_again():
    outbox = Outbox()
    for _ in range(100):
        outbox.put_audio(QUIET)
    outbox.put_video(1, b"jpeg")
    send_all(outbox)
    assert not outbox.rewind()
    assert drain(outbox) == [Video(1, b"jpeg")]


def test_of_pictures_that_go_again_only_those_that_matter():
    outbox = Outbox()
    for number in range(3):
        outbox.put_video(number, b"jpeg")
        send_all(outbox)
    outbox.put_question("what?")
    send_all(outbox)
    outbox.put_video(3, b"jpeg")
    send_all(outbox)
    outbox.put_video(4, b"newest")
    outbox.rewind()
    assert drain(outbox) == [Video(2, b"jpeg"), Question("what?"), Video(4, b"newest")]


def test_what_was_sent_is_kept_for_so_long_only():
    outbox = Outbox()
    for _ in range(3 * MAX_SENT_BYTES // len(LOUD)):
        outbox.put_audio(LOUD)
        send_all(outbox)
    outbox.rewind()
    assert sum(len(item.pcm) for item in drain(outbox)) == MAX_SENT_BYTES
    assert outbox.dropped_audio_bytes == 0


def test_what_goes_again_and_what_waits_share_the_bound():
    outbox = Outbox()
    for _ in range(MAX_SENT_BYTES // len(LOUD)):
        outbox.put_audio(LOUD)
    send_all(outbox)
    for _ in range(MAX_AUDIO_BYTES // len(LOUD)):
        outbox.put_audio(LOUD)
    outbox.rewind()
    assert sum(len(item.pcm) for item in drain(outbox)) == MAX_AUDIO_BYTES
    assert outbox.dropped_audio_bytes == MAX_SENT_BYTES


def talking(outbox, chunks=20):
    for _ in range(chunks):
        outbox.put_audio(LOUD)


def kinds(items):
    return "".join(type(item).__name__[0] for item in items)


def test_f8_on_a_line_that_is_behind_the_voice_goes_before_the_picture():
    outbox = Outbox()
    outbox.put_video(1, b"jpeg")
    talking(outbox)
    assert kinds(drain(outbox)) == "A" * 10 + "V" + "A" * 10


def test_f8_a_little_sound_in_line_does_not_hold_up_a_picture():
    outbox = Outbox()
    outbox.put_video(1, b"jpeg")
    talking(outbox, 5)
    assert kinds(drain(outbox)) == "V" + "A" * 5


def test_f8_a_line_that_is_too_slow_has_no_room_for_pictures():
    outbox = Outbox()
    outbox.put_video(1, b"jpeg")
    talking(outbox, 3)
    assert [kinds([item]) for item in iter(lambda: outbox.take(voice_only=True), None)] == ["A"] * 3
    assert outbox.take() == Video(1, b"jpeg")


def test_the_picture_of_a_question_does_not_wait():
    outbox = Outbox()
    outbox.put_video(1, b"jpeg")
    talking(outbox)
    outbox.put_question("what?")
    assert outbox.take(voice_only=True) == Video(1, b"jpeg")


def test_at_the_beginning_of_a_connection_the_picture_goes_first():
    outbox = Outbox()
    outbox.begin()
    outbox.put_video(1, b"jpeg")
    talking(outbox)
    assert outbox.take() == Video(1, b"jpeg")


def test_the_oldest_beyond_a_bound_is_given_up_and_counted():
    outbox = Outbox()
    for number in range(10):
        outbox.put_audio(bytes([number]) * 640)
    outbox.keep_newest(1280)
    assert drain(outbox) == [Audio(bytes([8]) * 640), Audio(bytes([9]) * 640)]
    assert outbox.dropped_audio_bytes == 8 * 640


def test_of_pictures_that_went_only_those_are_kept_that_would_go_again():
    outbox = Outbox()
    for number in range(1, 40):
        outbox.put_video(number, b"jpeg")
        talking(outbox, 5)
        if number == 20:
            outbox.put_question("what?")
        send_all(outbox)
    assert [item.sequence for item in outbox._sent if isinstance(item, Video)] == [20, 39]
    outbox.rewind()
    assert [item.sequence for item in drain(outbox) if isinstance(item, Video)] == [20, 39]


SOUND = bytes(range(250)) * (PIECE_BYTES // 125) + b"end!"
"""Two pieces and a bit."""


def pieces(items):
    return [item for item in items if isinstance(item, Piece)]


def test_a_sound_goes_in_pieces_before_its_question_and_after_its_picture():
    outbox = Outbox()
    outbox.put_video(1, b"jpeg")
    assert outbox.put_question("what was said?", SOUND)
    outbox.put_question("and then?")
    *went, asked, next_one = drain(outbox)
    assert went[0] == Video(1, b"jpeg")
    assert b"".join(piece.pcm for piece in went[1:]) == SOUND
    assert [len(piece.pcm) for piece in went[1:]] == [PIECE_BYTES, PIECE_BYTES, 4]
    assert [piece.whole_bytes for piece in went[1:]] == [len(SOUND), 0, 0]
    assert (asked, next_one) == (Question("what was said?", SOUND), Question("and then?"))


def test_what_the_microphone_hears_goes_between_the_pieces_in_its_order_and_whole():
    outbox = Outbox()
    outbox.put_question("what was said?", SOUND)
    went = [outbox.take()]
    for number in range(3):
        outbox.put_audio(bytes([number]) * 640)
    outbox.put_audio_end()
    went += drain(outbox)
    assert [type(item) for item in went] == [Piece, Audio, Audio, Audio, AudioEnd, Piece, Piece, Question]
    assert [item.pcm[0] for item in went[1:4]] == [0, 1, 2]
    assert outbox.audio_bytes == 0
    assert outbox.dropped_audio_bytes == 0


def test_a_sound_that_did_not_go_whole_goes_whole_to_the_next_connection():
    outbox = Outbox()
    outbox.put_question("what was said?", SOUND)
    outbox.sent(outbox.take())
    outbox.put_back(outbox.take())
    assert outbox.rewind() is False
    assert b"".join(piece.pcm for piece in pieces(drain(outbox))) == SOUND


def test_a_sound_that_was_not_answered_goes_again_and_one_that_was_does_not():
    outbox = Outbox()
    outbox.put_question("what was said?", SOUND)
    send_all(outbox)
    outbox.rewind()
    assert b"".join(piece.pcm for piece in pieces(drain(outbox))) == SOUND
    outbox.sent(Question("what was said?", SOUND))
    outbox.answered()
    outbox.rewind()
    assert drain(outbox) == []


def test_no_more_than_one_sound_waits_and_one_may_have_to_go_again():
    outbox = Outbox()
    assert outbox.put_question("one?", SOUND)
    assert not outbox.put_question("two?", SOUND)
    assert outbox.put_question("three?")
    send_all(outbox)
    assert outbox.put_question("four?", SOUND)
    send_all(outbox)
    outbox.rewind()
    assert [item.text for item in drain(outbox) if isinstance(item, Question)] == ["three?", "four?"]
