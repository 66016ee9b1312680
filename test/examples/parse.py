"""Parses Swift and Kotlin files, and prints each place that is no such language. Ends with 1 when there is one."""

import sys

import tree_sitter
import tree_sitter_kotlin
import tree_sitter_swift

LANGUAGES = {"swift": tree_sitter_swift, "kt": tree_sitter_kotlin}


def faults(ending: str, source: bytes) -> list:
    parser = tree_sitter.Parser(tree_sitter.Language(LANGUAGES[ending].language()))
    found, nodes = [], [parser.parse(source).root_node]
    while nodes:
        node = nodes.pop()
        if node.type == "ERROR" or node.is_missing:
            found.append(node.start_point)
        nodes.extend(node.children)
    return sorted(found)


# A parser that takes everything would show nothing.
assert faults("swift", b"func broken( {\n  return )\n}") and faults("kt", b"fun broken( {\n  return )\n}")

result = 0
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        for row, column in faults(name.rsplit(".", 1)[1], file.read()):
            print(f"{name}:{row + 1}:{column + 1}: cannot be parsed")
            result = 1
sys.exit(result)
