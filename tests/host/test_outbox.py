from tabtalk.outbox import MAX_AUDIO_BYTES, MAX_QUESTIONS, Audio, AudioEnd, Outbox, Question, Video


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
