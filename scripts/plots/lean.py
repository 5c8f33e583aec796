"""SVG as matplotlib writes it, without what says nothing or says it again; it looks the same."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
GROUP = f"{{{SVG}}}g"

# Of a point: a hundredth is less than any screen or printer shows.
DECIMALS = 2

# Attributes that hold coordinates.
COORDINATES = ("d", "x", "y")

# What neighbours that share it can have from a group around them.
SHARED = ("clip-path", "style")


def lean(svg: str) -> str:
    """The same drawing in fewer bytes, an element on a line."""
    for prefix, namespace in (("", SVG), ("xlink", XLINK)):
        ElementTree.register_namespace(prefix, namespace)
    root = ElementTree.fromstring(svg)
    _inherit_from_the_root(root)
    for element in root.iter():
        _tidy(element)
    referenced = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))
    _unwrap(root, referenced)
    _share(root)
    for element in root.iter():
        element.tail = "\n"
    return ElementTree.tostring(root, encoding="unicode")


def _inherit_from_the_root(root: Element) -> None:
    """Says once, of the whole drawing, what matplotlib's sheet says of each element, past which none could inherit."""
    for sheet in root.iter(f"{{{SVG}}}style"):
        sheet.text = sheet.text.replace("*{", "svg{")


def _tidy(element: Element) -> None:
    """Shortens an element by itself."""
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    for name in COORDINATES:
        if name in element.attrib:
            short = re.sub(r"-?\d+\.\d+", _rounded, element.get(name))
            element.set(name, " ".join(short.split()))
    if not (element.text or "").strip():
        element.text = "\n" if len(element) else None


def _rounded(number: re.Match) -> str:
    text = f"{float(number[0]):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _unwrap(parent: Element, referenced: set[str]) -> None:
    """Puts what stands in groups that only have a name which nothing uses, in the place of these."""
    for child in parent:
        _unwrap(child, referenced)
        if child.get("id") not in referenced:
            child.attrib.pop("id", None)
    parent[:] = [each for child in parent for each in _unwrapped(child)]


def _unwrapped(element: Element) -> Iterable[Element]:
    """What a group holds that says nothing, or the element itself."""
    return element if element.tag == GROUP and not element.attrib else [element]


def _share(parent: Element) -> None:
    """Puts neighbours of one look into a group that has it."""
    parent[:] = _grouped(list(parent))
    for child in parent:
        _share(child)


def _grouped(children: list[Element]) -> Iterator[Element]:
    for look, run in groupby(children, _look):
        neighbours = list(run)
        if not look or len(neighbours) == 1:
            yield from neighbours
            continue
        group = Element(GROUP, dict(look))
        group.text = "\n"
        for neighbour in neighbours:
            for name, _ in look:
                del neighbour.attrib[name]
            group.extend(_unwrapped(neighbour))
        yield group


def _look(element: Element) -> tuple[tuple[str, str], ...]:
    # What is turned or moved has its clip path turned or moved with it; what is named inherits where it is used.
    if "transform" in element.attrib or "id" in element.attrib:
        return ()
    return tuple((name, element.get(name)) for name in SHARED if name in element.attrib)
