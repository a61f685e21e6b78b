"""Others' words are their own: what lessons quote from five articles stands in them, and links lead to the paper named.

`articles.json` lets phrases be looked for without the articles' text: article -> its words in order, as `words` gives
them, two characters for each (12 bits of a SHA-256, in base 64: some ten English words share each pair); the string is
cut into lines. A phrase stands in an article if its pairs are a run of the article's.
"""

import ast
import base64
import hashlib
import json
import re
import unicodedata
from pathlib import Path

import pytest

from autograder.lessons import ROOT, lesson_names, load_lesson

STORED = Path(__file__).with_name("articles.json")
#: How the lessons name each article, in italics.
NAMED = {
    "Batch Normalization (Kickstarters, Deep Dive)": r"\*Batch Normalization\*",
    "the tutorial on batch and layer normalization": r"\*(?:[Tt]he )?tutorial on batch and layer normalization\*",
    "Mastering Batch Normalization": r"\*Mastering Batch Normalization\*",
    "What is batch normalization?": r"\*What is batch normalization\?\*",
    "Batch Normalization, unit 6.3.2": r"\*(?:Batch Normalization, )?unit 6\.3\.2\*",
}
#: Phrases quoted beside an article that are somebody else's words, or ours.
NOT_THEIRS = {
    "in some cases eliminating the need for Dropout": "Ioffe and Szegedy 2015, abstract",
}
#: What speaks of somebody without a name.
NAMELESS = re.compile(
    r"\b(?:an|one|another|some|many|most|two|other|popular) (?:of the )?"
    r"(?:articles?(?! says \|)|introductions?|tutorials?|blogs?|courses)\b"
    r"|much-watched|forum threads?",
    re.IGNORECASE,
)
QUOTED = re.compile(r'"([^"]+)"|“([^”]+)”')
#: arXiv's number -> first author, title up to its first colon.
PAPERS = {
    "1409.1556": ("Simonyan", "Very Deep Convolutional Networks for Large-Scale Image Recognition"),
    "1502.01852": ("He", "Delving Deep into Rectifiers"),
    "1502.03167": (
        "Ioffe",
        "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    ),
    "1511.06434": (
        "Radford",
        "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
    ),
    "1512.00567": ("Szegedy", "Rethinking the Inception Architecture for Computer Vision"),
    "1512.03385": ("He", "Deep Residual Learning for Image Recognition"),
    "1602.07261": ("Szegedy", "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning"),
    "1603.05027": ("He", "Identity Mappings in Deep Residual Networks"),
    "1606.05340": ("Poole", "Exponential expressivity in deep neural networks through transient chaos"),
    "1607.06450": ("Ba", "Layer Normalization"),
    "1607.08022": ("Ulyanov", "Instance Normalization"),
    "1611.01232": ("Schoenholz", "Deep Information Propagation"),
    "1702.03275": ("Ioffe", "Batch Renormalization"),
    "1704.00028": ("Gulrajani", "Improved Training of Wasserstein GANs"),
    "1705.08741": ("Hoffer", "Train longer, generalize better"),
    "1706.02677": ("Goyal", "Accurate, Large Minibatch SGD"),
    "1706.05350": ("van Laarhoven", "L2 Regularization versus Batch and Weight Normalization"),
    "1712.02616": ("Rota Bulò", "In-Place Activated BatchNorm for Memory-Optimized Training of DNNs"),
    "1712.05877": (
        "Jacob",
        "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
    ),
    "1801.05134": ("Li", "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift"),
    "1803.05407": ("Izmailov", "Averaging Weights Leads to Wider Optima and Better Generalization"),
    "1803.08494": ("Wu", "Group Normalization"),
    "1805.11604": ("Santurkar", "How Does Batch Normalization Help Optimization?"),
    "1806.02375": ("Bjorck", "Understanding Batch Normalization"),
    "1812.01187": ("He", "Bag of Tricks for Image Classification with Convolutional Neural Networks"),
    "1901.09321": ("Zhang", "Fixup Initialization"),
    "1902.08129": ("Yang", "A Mean Field Theory of Batch Normalization"),
    "1903.10520": ("Qiao", "Micro-Batch Training with Batch-Channel Normalization and Weight Standardization"),
    "1905.11946": ("Tan", "EfficientNet"),
    "1910.07467": ("Zhang", "Root Mean Square Layer Normalization"),
    "2002.10444": ("De", "Batch Normalization Biases Residual Blocks Towards the Identity Function in Deep Networks"),
    "2003.00152": (
        "Frankle",
        "Training BatchNorm and Only BatchNorm: On the Expressive Power of Random Features in CNNs",
    ),
    "2102.06171": ("Brock", "High-Performance Large-Scale Image Recognition Without Normalization"),
    "2105.07576": ("Wu", 'Rethinking "Batch" in BatchNorm'),
    "2503.10622": ("Zhu", "Transformers without Normalization"),
}
LINK = re.compile(r"(?:\[([^][]*)\]\()?https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/([\w./-]*\w)")

every_lesson = pytest.mark.parametrize("name", lesson_names())


def words(text):
    """The words of a text, without what Markdown and typography add."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("*", "").replace("`", "")
    return re.findall(r"\w+(?:'\w+)*", plain.lower())


def fingerprint(some_words):
    """Two characters for each word."""
    return "".join(base64.b64encode(hashlib.sha256(word.encode()).digest()[:3]).decode()[:2] for word in some_words)


def articles():
    return {name: "".join(lines) for name, lines in json.loads(STORED.read_text(encoding="utf-8")).items()}


def stands_in(phrase, article):
    """Whether a phrase is a run of an article's words; what "..." leaves out may be anything."""
    parts = [fingerprint(words(part)) for part in re.split(r"\[?(?:\.\.\.|…)\]?", phrase)]
    return all(part in _runs(article, len(part)) for part in parts if part)


def _runs(article, length):
    return {article[start : start + length] for start in range(0, len(article) - length + 1, 2)}


def prose(name):
    """The paragraphs and rows of tables of a lesson's prose, and the texts of its questions."""
    for cell in load_lesson(name).cells:
        if cell.kind == "markdown":
            for block in re.split(r"\n\s*\n", cell.source):
                yield from (line for line in block.splitlines()) if block.startswith("|") else [" ".join(block.split())]
        elif cell.kind in ("quiz", "predict", "derive"):
            texts = (node.value for node in ast.walk(ast.parse(cell.source.strip())) if isinstance(node, ast.Constant))
            yield from (" ".join(text.split()) for text in texts if isinstance(text, str))


def quotations(name):
    """(articles that a paragraph or row names, a phrase that it quotes) for each phrase."""
    for text in prose(name):
        named = [article for article, how in NAMED.items() if re.search(how, text)]
        for found in QUOTED.finditer(text):
            yield named, found[1] or found[2]


# What the fingerprints tell


def test_all_five_articles_are_there():
    assert set(articles()) == set(NAMED)
    assert all(len(article) > 600 for article in articles().values())


def test_a_phrase_is_found_whatever_its_case_and_marks():
    article = fingerprint(words("It is *less* suited, for “sequence models” — they say."))
    assert stands_in("Less suited for sequence models", article)
    assert stands_in("it is … sequence models", article)
    assert not stands_in("less suited to sequence models", article)
    assert not stands_in("suited sequence", article)


def test_a_wrong_word_in_a_quotation_is_found():
    ours = articles()["Mastering Batch Normalization"]
    assert stands_in("prevents the vanishing or exploding gradient problem", ours)
    assert not stands_in("prevents the vanishing and exploding gradient problem", ours)


# What the lessons quote


@every_lesson
def test_every_phrase_quoted_from_an_article_stands_in_it(name):
    known = articles()
    altered = [
        f"{phrase!r} is not in {' or '.join(named)}"
        for named, phrase in quotations(name)
        if named and phrase not in NOT_THEIRS and not any(stands_in(phrase, known[article]) for article in named)
    ]
    assert altered == []


@every_lesson
def test_a_row_of_what_the_articles_say_names_the_article_that_it_quotes(name):
    _, _, section = load_lesson(name).path.read_text(encoding="utf-8").partition("What the articles say\n")
    section = section.partition("# ## ")[0]
    nameless, name_above = [], False
    for row in re.findall(r"^# (\|.*)", section, re.MULTILINE):
        name_above = any(re.search(how, row) for how in NAMED.values()) or (name_above and row.startswith("| the same"))
        if QUOTED.search(row) and not name_above:
            nameless.append(row)
    assert nameless == []


@every_lesson
def test_nobody_is_accused_without_a_name(name):
    assert [found[0] for text in prose(name) for found in NAMELESS.finditer(text)] == []


# Where the links lead


def linked():
    for path in [*sorted((ROOT / "solutions").glob("*.py")), *ROOT.glob("*.md"), *ROOT.glob("*/*.md")]:
        for text, number in LINK.findall(
            " ".join(re.sub(r"^# ", "", path.read_text(encoding="utf-8"), flags=re.M).split())
        ):
            yield path.name, text, number


def test_every_link_to_a_paper_is_in_the_table():
    assert {(place, number) for place, _, number in linked() if number not in PAPERS} == set()


def test_every_paper_of_the_table_is_linked():
    assert set(PAPERS) - {number for _, _, number in linked()} == set()


def test_a_link_names_the_papers_first_author_and_a_year_that_fits():
    wrong = []
    for place, text, number in linked():
        author, title = PAPERS.get(number, ("", ""))
        year = re.search(r"\b(?:19|20)\d\d\b", text)
        first = re.match(r"[^\W\d]\w*(?: [A-Z]\w*)*", text)
        if first and not text.startswith((author, title)):
            wrong.append(f"{place}: {text!r} links to {number}, by {author}")
        if year and not 0 <= int(year[0]) - 2000 - int(number[:2]) <= 2:
            wrong.append(f"{place}: {text!r} links to {number}")
    assert wrong == []
