"""Run the benchmarks, all or those named, and write what they print into README.md.

python -m benchmarks [fit mnist ...]
"""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
README = HERE / "README.md"
ORDER = (
    "fit", "peers", "mnist", "search", "search_scaling", "search_memory", "search_tables", "dask",
    "ways", "gridsearch", "predict", "defaults", "scaling", "maxiter", "tables", "committee",
    "coordinates", "experiment", "blas_threads", "memory", "draw", "loading",
    "sampling", "rows", "gpu", "cluster",
)  # fmt: skip


def section(name, output):
    """A benchmark's part of the README: its docstring, its command, what it printed."""
    source = (HERE / f"bench_{name}.py").read_text()
    question, _, rest = source.split('"""')[1].partition("\n\n")
    about = re.split(r"\n\n    python", rest)[0].strip()
    picture = f"![{question}](bench_{name}.png)\n\n" if f"bench_{name}.png" in source else ""
    return (
        f"## {question}\n\n    python benchmarks/bench_{name}.py\n\n{about}\n\n"
        f"```\n{output.strip()}\n```\n\n{picture}"
    )


def main(names):
    text = README.read_text()
    for name in names or ORDER:
        script = HERE / f"bench_{name}.py"
        print(f"bench_{name}", file=sys.stderr, flush=True)
        ran = subprocess.run(
            [sys.executable, script], stdout=subprocess.PIPE, text=True, check=True
        )
        marks = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = text.partition(marks[0])
        _, _, after = rest.partition(marks[1])
        text = before + marks[0] + section(name, ran.stdout) + marks[1] + after
        README.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
