import pytest

from evoengine.text import Block, blocks, code, files


def test_a_block_with_its_surroundings():
    reply = "Here it is:\n\n```python title=a.py\nx = 1\n\ny = 2\n```\nDone."
    assert blocks(reply) == (Block("x = 1\n\ny = 2\n", "python", "python title=a.py", "Here it is:"),)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("```\na\n```", "a\n"),
        ("~~~\na\n~~~", "a\n"),
        ("````\n```\na\n```\n````", "```\na\n```\n"),
        ("~~~\n```\na\n```\n~~~", "```\na\n```\n"),
        ("```\n~~~\n```", "~~~\n"),
        ("```\na\n`````", "a\n"),
        ("```\na\n``\nb\n```", "a\n``\nb\n"),
        ("```py\na\n```py\nb\n```", "a\n```py\nb\n"),
        ("  ```\n  a\n    b\n c\n  ```", "a\n  b\nc\n"),
        ("```\r\na\r\n```\r\n", "a\n"),
        ("```\n```", ""),
    ],
)
def test_fences(reply, text):
    assert [(block.text, block.closed) for block in blocks(reply)] == [(text, True)]


@pytest.mark.parametrize("reply", ["```python\nx = 1", "```python\nx = 1\n", "text\n~~~python\nx = 1\n"])
def test_an_open_fence_runs_to_the_end(reply):
    (block,) = blocks(reply)
    assert (block.text, block.language, block.closed) == ("x = 1\n", "python", False)


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("Python", "python"),
        ("python main.py", "python"),
        ("python:main.py", "python"),
        ("python{1,2}", "python"),
        ("c++", "c++"),
        ("", ""),
        (" json ", "json"),
    ],
)
def test_the_language_is_the_first_word(info, language):
    assert blocks(f"```{info}\nx\n```")[0].language == language


def test_inline_code_is_no_fence():
    assert blocks("use ```x``` or\n```x```\n`y`") == ()


def test_the_longest_block_is_the_program():
    assert code("```\nshort\n```\n```\nlonger one\n```\n```\nmid one\n```") == "longer one\n"


def test_of_equally_long_blocks_the_last():
    assert code("```\na = 1\n```\n```\na = 2\n```") == "a = 2\n"


def test_the_language_comes_before_the_length():
    reply = "```bash\npip install a-long-name\n```\n```\nuntagged, not so long\n```\n```python\nx = 1\n```"
    assert code(reply, "python", "py") == "x = 1\n"
    assert code(reply) == "untagged, not so long\n"
    assert code(reply, "rust") == "untagged, not so long\n"


def test_a_complete_block_comes_before_one_cut_off():
    assert code("```python\nx = 1\n```\n```python\nx = 1\ny = 2\nz =", "python") == "x = 1\n"


@pytest.mark.parametrize(
    ("reply", "text"),
    [("x = 1", "x = 1\n"), ("\n x = 1 \n\n", "x = 1\n"), ("", ""), (" \n", ""), ("```\n\n```", "")],
)
def test_without_fences_the_whole_reply(reply, text):
    assert code(reply) == text


NAMES = ("main.py", "lib/util.py")


@pytest.mark.parametrize(
    "reply",
    [
        "```python main.py\nx\n```",
        "```python:main.py\nx\n```",
        '```python title="main.py"\nx\n```',
        "```main.py\nx\n```",
        "**main.py**\n```python\nx\n```",
        "### File: `main.py`\n\n```\nx\n```",
        "The new main.py:\n\n~~~\nx\n~~~",
        "1. ./main.py\n```\nx\n```",
    ],
)
def test_a_block_is_named(reply):
    assert files(reply, NAMES) == {"main.py": "x\n"}


@pytest.mark.parametrize("mark", ["#", "//", "/*", "--", ";", "%", "<!--"])
def test_a_comment_in_the_first_line_names_the_block(mark):
    text = f"{mark} lib/util.py\nx\n"
    assert files(f"```\n{text}```", NAMES) == {"lib/util.py": text}


def test_code_in_the_first_line_names_nothing():
    assert files("```\nopen('main.py')\n```", NAMES) == {}


def test_several_files_and_the_last_of_each():
    reply = "main.py\n```\na\n```\nlib/util.py\n```\nb\n```\nAnd main.py again.\n```\nc\n```\n```\nd\n```"
    assert files(reply, NAMES) == {"main.py": "c\n", "lib/util.py": "b\n"}


def test_unknown_names_are_left_out():
    assert files("secret.py\n```\na\n```", NAMES) == {}


def test_the_only_file_needs_no_name():
    assert files("```python\nx\n```", ("main.py",)) == {"main.py": "x\n"}
    assert files("other.py\n```python\nx\n```", ("main.py",)) == {"main.py": "x\n"}
    assert files("", ("main.py",)) == {}
