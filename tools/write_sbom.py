"""Write what the environment of the lock is made of, as CycloneDX: packages, versions, licences.

Run as ``python tools/write_sbom.py CYCLONEDX_PY OUTPUT`` in that environment. The environment has
exactly the packages of ``requirements.txt``, whose hashes pip compares; licences are what each
package says of itself. It is the same file each time, and holds no path of this machine.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def without_paths(component: dict) -> dict:
    """Leave out where on this machine a package was installed from."""
    references = [
        reference
        for reference in component.get("externalReferences", [])
        if not reference["url"].startswith("file:")
    ]
    rest = {key: value for key, value in component.items() if key != "externalReferences"}
    return rest | ({"externalReferences": references} if references else {})


def main() -> None:
    """Run the tool, and keep what says nothing of this machine."""
    tool, output = sys.argv[1:]
    command = [tool, "environment", "--output-reproducible", "--pyproject", ROOT / "pyproject.toml"]
    told = subprocess.run([*command, sys.prefix], stdout=subprocess.PIPE, check=True).stdout
    bill = json.loads(told)
    bill["components"] = [without_paths(component) for component in bill["components"]]
    Path(output).write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")
    unsaid = [part["name"] for part in bill["components"] if not part.get("licenses")]
    print(f"{output}: {len(bill['components'])} packages")
    if unsaid:
        print(f"These do not say their licence in a form that is read: {', '.join(unsaid)}")


if __name__ == "__main__":
    main()
